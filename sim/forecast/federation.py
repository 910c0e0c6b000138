"""Federated averaging: clients train one model together and show each other parameters, not readings.

McMahan et al., Communication-Efficient Learning of Deep Networks from Decentralized Data, AISTATS 2017,
algorithm 1, with all clients in every round and full local batches. The local steps are those of AdamW
(Loshchilov & Hutter, Decoupled Weight Decay Regularization, ICLR 2019). Its moments are averaged with the
parameters, as Yu, Jin & Yang (ICML 2019) do with momentum: that keeps the clients from drifting apart. With a
proximal term (FedProx; Li et al., Federated Optimization in Heterogeneous Networks, MLSys 2020) each local
loss grows by half of ``forecast.proximal`` times the squared distance from what the round began with.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.func import vmap

from sim.schema.forecasting import Forecast

Parameters = list[Tensor]
Predict = Callable[[Parameters, Tensor], Tensor]

BATCH_CLIENTS = 256
"""Clients that take their steps at once: few enough that all they need stays in the processor's cache."""
LOSSES = {"mae": torch.nn.functional.l1_loss, "mse": torch.nn.functional.mse_loss}


class Federation:
    """Clients with equally many samples, who start from the same parameters.

    windows: shape (clients, samples, inputs), normalised, float64
    targets: shape (clients, samples, horizon), normalised, float64
    predict: the model family's
    """

    def __init__(
        self, windows: Tensor, targets: Tensor, initial: Parameters, predict: Predict, forecast: Forecast
    ) -> None:
        cuts = range(BATCH_CLIENTS, len(windows) - 1, BATCH_CLIENTS)  # none leaves one client alone
        parts = (torch.tensor_split(samples, tuple(cuts)) for samples in (windows, targets))
        of_batches = zip(*parts, strict=True)
        self._batches = [_Batch(x, y, initial, predict, forecast) for x, y in of_batches]

    @property
    def parameters(self) -> Parameters:
        """What the clients have in common after a round."""
        return [tensor[0].detach().clone() for tensor in self._batches[0].parameters]

    def round(self) -> None:
        """Each client takes its steps on its own samples; then all have the average."""
        for batch in self._batches:
            batch.steps()
        self._average()

    def _average(self) -> None:
        """Clients have equally many samples, so none weighs more than another."""
        with torch.no_grad():
            for of_batches in zip(*(batch.state for batch in self._batches), strict=True):
                mean = torch.cat(of_batches).mean(dim=0, keepdim=True)
                for tensor in of_batches:
                    tensor.copy_(mean)


class _Batch:
    """Some of the clients; how many are together changes nothing for any of them, to the last bit."""

    def __init__(
        self, windows: Tensor, targets: Tensor, initial: Parameters, predict: Predict, forecast: Forecast
    ) -> None:
        self._windows, self._targets, self._predict = windows, targets, vmap(predict)
        self.parameters = [t.expand(len(windows), *t.shape).clone().requires_grad_() for t in initial]
        self._optimiser = torch.optim.AdamW(
            self.parameters, lr=float(forecast.learning_rate), weight_decay=float(forecast.weight_decay)
        )
        self._schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self._optimiser, forecast.rounds)
        self._loss, self._local_steps = LOSSES[forecast.loss], forecast.local_steps
        self._proximal = float(forecast.proximal)

    @property
    def state(self) -> Iterator[Tensor]:
        """Parameters and their moments, a row per client."""
        for parameter in self.parameters:
            moments = self._optimiser.state[parameter]
            yield from (parameter, moments["exp_avg"], moments["exp_avg_sq"])

    def steps(self) -> None:
        """The local steps of one round."""
        common = [parameter.detach().clone() for parameter in self.parameters] if self._proximal else []
        for _ in range(self._local_steps):
            self._step(common)
        self._schedule.step()

    def _step(self, common: Parameters) -> None:
        """One gradient step of every client: the gradient of a sum of losses holds each client's own."""
        self._optimiser.zero_grad()
        forecasts = self._predict(self.parameters, self._windows)
        losses = self._loss(forecasts, self._targets, reduction="sum") / self._targets[0].numel()
        for parameter, began in zip(self.parameters, common, strict=False):
            losses = losses + self._proximal / 2 * (parameter - began).square().sum()
        torch.autograd.backward(losses)
        self._optimiser.step()
