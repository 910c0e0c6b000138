"""Exports of meters, in whatever layout a portal gives them, as homes on one regular grid."""
