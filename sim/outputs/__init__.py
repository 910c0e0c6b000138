"""What a finished run leaves behind: tables, measures, figures, and the directory that holds them."""
