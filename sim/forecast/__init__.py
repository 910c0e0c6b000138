"""Forecasters: families, clustering of homes, federated training, and their exact integer form."""
