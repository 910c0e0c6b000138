"""What every training regime keeps to."""

import pytest
import torch

from sim.errors import InputError
from sim.forecast.regimes import regimes
from sim.forecast.training import train_models
from sim.schema.forecasting import Forecast
from sim.seeds import Streams
from tests.forecast.homes import SLOTS_PER_DAY, gate_inputs, rhythmic_homes
from tests.plugins import every, plugged  # noqa: F401

NET_WH = rhythmic_homes(homes=7)


def train(net_wh, regime):
    forecast = Forecast(training=regime, inputs=[])
    return train_models(net_wh, 30 * SLOTS_PER_DAY, gate_inputs(), forecast, Streams(7)), forecast


@pytest.mark.parametrize("name", every(regimes))
class TestEveryRegime:
    def test_each_home_has_a_model_and_there_are_as_many_as_said(self, name):
        """Numbered as homes of theirs first appear."""
        training, forecast = train(NET_WH, name)
        of_home = training.cluster_of_home
        assert len(of_home) == len(NET_WH)
        assert list(dict.fromkeys(of_home)) == list(range(forecast.models(len(NET_WH))))
        assert len(training.models) == forecast.models(len(NET_WH))

    def test_the_same_homes_are_grouped_alike_in_any_order(self, name):
        of_home = train(NET_WH, name)[0].cluster_of_home
        assert of_home == train(NET_WH, name)[0].cluster_of_home
        order = [3, 1, 5, 0, 6, 2, 4]
        other = train(NET_WH[order], name)[0].cluster_of_home
        assert len({(of_home[home], other[at]) for at, home in enumerate(order)}) == len(set(of_home))

    def test_its_clients_have_all_samples_between_them(self, name):
        samples = torch.arange(24.0).reshape(2, 3, 4)
        clients = regimes.make(name).clients(samples)
        assert (clients.ndim, sorted(clients.flatten().tolist())) == (3, sorted(samples.flatten().tolist()))


def test_groups_of_homes_of_three_rhythms():
    assert train(rhythmic_homes(), "clustered")[0].cluster_of_home == (0, 1, 2, 0, 1, 2)
    assert train(rhythmic_homes(), "by-size")[0].cluster_of_home == (0, 1, 0, 1, 1, 0)


def test_a_regime_that_makes_other_groups_than_it_says_is_refused(monkeypatch):
    monkeypatch.setattr(regimes["federated"], "models", lambda *_: 2)
    with pytest.raises(InputError, match=r'^forecast.training = "federated": makes 1 groups of 7 homes'):
        train(NET_WH, "federated")
