"""What a run imports only when it trains, for five seconds: loaded once, where all runs are forked from."""

from importlib import import_module

from sim.forecast.clusterings.by_shape import load_tslearn

import_module("sim.forecast.training")
import_module("torch._dynamo")  # by the first optimizer
load_tslearn()
