"""Federated training of many clients: one vectorised pass against a loop over clients, in one process.

    python -m scripts.measure_federation [CLIENTS] [REPEATS]

Prints both times, as the best of the repeats, and the largest difference between any two parameters.
"""

import sys
import time
from collections.abc import Callable

import torch

from sim.schema.forecasting import Forecast
from tests.forecast.test_federation import federate, loop_over_clients, samples

CLIENTS, REPEATS = 100, 3


def main(clients: int = CLIENTS, repeats: int = REPEATS) -> None:
    """Time both ways, in turn."""
    torch.set_num_threads(1)
    windows, targets = samples(clients, count=200)
    forecast = Forecast(rounds=10, local_steps=5)
    ways: dict[str, Callable[..., list[torch.Tensor]]] = {"one pass": federate, "loop": loop_over_clients}
    best, found = dict.fromkeys(ways, float("inf")), {}
    for _ in range(repeats):
        for name, way in ways.items():
            began = time.process_time()
            found[name] = way(windows, targets, forecast)
            best[name] = min(best[name], time.process_time() - began)
    off = max(float((one - other).abs().max()) for one, other in zip(*found.values(), strict=True))
    shown = ", ".join(f"{name} {seconds:.2f} CPU-s" for name, seconds in best.items())
    print(f"{clients} clients, {forecast.rounds} rounds of {forecast.local_steps} steps: {shown}, "
          f"{best['loop'] / best['one pass']:.1f} times; parameters differ by {off:.1e} at most")  # fmt: skip


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
