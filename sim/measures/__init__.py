"""What is measured of a run: one table of measures, of which summary, studies, reports and docs are made."""
