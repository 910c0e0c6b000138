"""Studies: a scenario at many points, several seeds each; cells, engines, statistics and figures."""
