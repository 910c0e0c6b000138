"""The Python API: what ``import sim`` gives, and what the command line stands on."""
