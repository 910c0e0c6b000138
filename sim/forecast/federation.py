"""Federated averaging: clients train one model together and show each other parameters, not readings.

McMahan et al., Communication-Efficient Learning of Deep Networks from Decentralized Data, AISTATS 2017,
algorithm 1, with all clients in every round and full local batches. The local steps are those of AdamW
(Loshchilov & Hutter, Decoupled Weight Decay Regularization, ICLR 2019). Its moments are averaged with the
parameters, as Yu, Jin & Yang (ICML 2019) do with momentum: that keeps the clients from drifting apart.
"""

import torch
from torch import Tensor
from torch.func import vmap

from sim.forecast.families import Parameters, predict
from sim.scenario import Forecast

LEARNING_RATE = 0.02
"""Of the first round; falls to zero along a half cosine."""
WEIGHT_DECAY = 0.5
"""Helps on unseen days, and keeps the largest value in the circuit small."""
LOSSES = {"mae": torch.nn.functional.l1_loss, "mse": torch.nn.functional.mse_loss}


class Federation:
    """Clients with equally many samples, who start from the same parameters.

    windows: shape (clients, samples, lookback), normalised, float64
    targets: shape (clients, samples, horizon), normalised, float64
    """

    def __init__(self, windows: Tensor, targets: Tensor, initial: Parameters, forecast: Forecast) -> None:
        clients = len(windows)
        self._windows, self._targets = windows, targets
        self._stacked = [t.expand(clients, *t.shape).clone().requires_grad_() for t in initial]
        self._optimiser = torch.optim.AdamW(self._stacked, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        self._schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self._optimiser, forecast.rounds)
        self._loss, self._local_steps = LOSSES[forecast.loss], forecast.local_steps

    @property
    def parameters(self) -> Parameters:
        """What the clients have in common after a round."""
        return [tensor[0].detach().clone() for tensor in self._stacked]

    def round(self) -> None:
        """Each client takes its steps on its own samples; then all have the average."""
        for _ in range(self._local_steps):
            self._step()
        self._schedule.step()
        self._average()

    def _step(self) -> None:
        """One gradient step of every client: the gradient of a sum of losses holds each client's own."""
        self._optimiser.zero_grad()
        forecasts = vmap(predict)(self._stacked, self._windows)
        mean_loss = self._loss(forecasts, self._targets)
        torch.autograd.backward(mean_loss * len(self._windows))
        self._optimiser.step()

    def _average(self) -> None:
        """Clients have equally many samples, so none weighs more than another."""
        with torch.no_grad():
            for parameter in self._stacked:
                state = self._optimiser.state[parameter]
                for tensor in (parameter, state["exp_avg"], state["exp_avg_sq"]):
                    tensor.copy_(tensor.mean(dim=0, keepdim=True))
