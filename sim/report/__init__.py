"""A run or a study as one HTML file that can be mailed and printed."""
