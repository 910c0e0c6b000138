from functools import partial

import pytest
import torch

from sim.forecast import federation
from sim.forecast.families import families
from sim.forecast.federation import Federation
from sim.forecast.model import Shape
from sim.schema.forecasting import Forecast

SHAPE, MLP = Shape(5, 3, (4,)), families.make("mlp")
LEARNING_RATE, WEIGHT_DECAY = Forecast().learning_rate, Forecast().weight_decay
predict = partial(MLP.predict, SHAPE)


def samples(clients, count=20, seed=0):
    generator = torch.Generator().manual_seed(seed)
    windows = torch.randn(clients, count, SHAPE.lookback, generator=generator, dtype=torch.float64)
    return windows, torch.randn(clients, count, SHAPE.horizon, generator=generator, dtype=torch.float64)


def federate(windows, targets, forecast, rounds=None):
    federation = Federation(windows, targets, MLP.initial(SHAPE, 1), predict, forecast)
    for _ in range(rounds or forecast.rounds):
        federation.round()
    return federation.parameters


def train_alone(windows, targets, loss, rounds, local_steps):
    """The textbook loop, without federation."""
    parameters = [tensor.requires_grad_() for tensor in MLP.initial(SHAPE, 1)]
    optimiser = torch.optim.AdamW(parameters, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, rounds)
    for _ in range(rounds):
        for _ in range(local_steps):
            optimiser.zero_grad()
            errors = predict(parameters, windows) - targets
            torch.autograd.backward(errors.abs().mean() if loss == "mae" else (errors**2).mean())
            optimiser.step()
        schedule.step()
    return [tensor.detach() for tensor in parameters]


def assert_close(one, other, tolerance=1e-9):
    for pair in zip(one, other, strict=True):
        torch.testing.assert_close(*pair, rtol=0, atol=tolerance)


@pytest.mark.parametrize("loss", ["mae", "mse"])
def test_one_client_is_plain_training(loss):
    windows, targets = samples(clients=1)
    forecast = Forecast(rounds=6, local_steps=3, loss=loss)
    assert_close(federate(windows, targets, forecast), train_alone(windows[0], targets[0], loss, 6, 3))


def test_a_round_is_the_mean_of_what_each_client_learns_alone():
    windows, targets = samples(clients=3)
    forecast = Forecast(rounds=9, local_steps=4)
    alone = [federate(windows[[k]], targets[[k]], forecast, rounds=1) for k in range(3)]
    mean = [torch.stack(tensors).mean(dim=0) for tensors in zip(*alone, strict=True)]
    together = federate(windows, targets, forecast, rounds=1)
    assert_close(together, mean, 1e-12)
    assert not torch.allclose(together[0], alone[0][0])


def test_average_by_hand():
    """The model y = w x + b, two targets up and one down: AdamW's first step is the rate, by sign."""
    windows = torch.ones(3, 1, 1, dtype=torch.float64)
    targets = torch.tensor([9.0, 9.0, -9.0], dtype=torch.float64).reshape(3, 1, 1)
    zero = [torch.zeros(1, 1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)]
    federation = Federation(windows, targets, zero, predict, Forecast(rounds=1, local_steps=1))
    federation.round()
    weight, bias = federation.parameters
    assert weight.item() == pytest.approx(LEARNING_RATE / 3, rel=1e-6)
    assert bias.item() == pytest.approx(LEARNING_RATE / 3, rel=1e-6)


@pytest.mark.parametrize("loss", ["mae", "mse"])
@pytest.mark.parametrize("clients", [16, 17, 18, 31])
def test_how_many_clients_go_at_once_changes_no_bit(monkeypatch, clients, loss):
    """A last client alone would be summed in another order."""
    windows, targets = samples(clients)
    forecast = Forecast(rounds=4, local_steps=3, loss=loss)
    together = federate(windows, targets, forecast)
    monkeypatch.setattr(federation, "BATCH_CLIENTS", 8)
    for one, other in zip(together, federate(windows, targets, forecast), strict=True):
        assert torch.equal(one, other)


def loop_over_clients(windows, targets, forecast):
    """Client after client, each with an optimiser of its own; parameters and moments are averaged by hand."""
    count, common = len(windows), MLP.initial(SHAPE, 1)
    own = [[tensor.clone().requires_grad_() for tensor in common] for _ in range(count)]
    rate = {"lr": LEARNING_RATE, "weight_decay": WEIGHT_DECAY}
    optimisers = [torch.optim.AdamW(parameters, **rate) for parameters in own]
    schedules = [torch.optim.lr_scheduler.CosineAnnealingLR(each, forecast.rounds) for each in optimisers]
    for _ in range(forecast.rounds):
        for client in range(count):
            began = [tensor.detach().clone() for tensor in own[client]]
            for _ in range(forecast.local_steps):
                optimisers[client].zero_grad()
                loss = (predict(own[client], windows[client]) - targets[client]).abs().mean()
                for tensor, start in zip(own[client], began, strict=True):
                    loss = loss + forecast.proximal / 2 * ((tensor - start) ** 2).sum()
                loss.backward()
                optimisers[client].step()
            schedules[client].step()
        for at in range(len(common)):
            for moment in ("exp_avg", "exp_avg_sq", None):
                rows = [
                    optimisers[client].state[own[client][at]][moment] if moment else own[client][at].data
                    for client in range(count)
                ]
                mean = torch.stack(rows).mean(dim=0)
                for row in rows:
                    row.copy_(mean)
    return [tensor.detach() for tensor in own[0]]


@pytest.mark.parametrize("proximal", [0.0, 2.0])
def test_a_hundred_clients_in_one_pass_are_a_loop_over_clients(proximal):
    windows, targets = samples(clients=100, count=12)
    forecast = Forecast(rounds=3, local_steps=4, proximal=proximal)
    assert_close(federate(windows, targets, forecast), loop_over_clients(windows, targets, forecast), 1e-9)


def test_a_proximal_term_holds_clients_near_what_they_began_with():
    windows, targets = samples(clients=3)
    begun, went = MLP.initial(SHAPE, 1), []
    for proximal in (0, 1, 100):
        forecast = Forecast(rounds=1, local_steps=30, weight_decay=0, proximal=proximal)
        moved = zip(federate(windows, targets, forecast), begun, strict=True)
        went.append(sum(float((one - other).square().sum()) for one, other in moved))
    assert went == sorted(went, reverse=True)
    assert went[-1] < went[0] / 10
