"""What the commands print of what they did: runs, studies, bundles."""
