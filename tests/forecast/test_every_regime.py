"""What every training regime and clustering keeps to."""

import numpy as np
import pytest
import torch

from sim.errors import InputError
from sim.forecast.clusterings import clusterings
from sim.forecast.regimes import regimes
from sim.forecast.training import train_models
from sim.schema.forecasting import Forecast
from sim.seeds import Streams
from tests.forecast.homes import SLOTS_PER_DAY, gate_inputs, rhythmic_homes
from tests.plugins import every, plugged  # noqa: F401

# What every training regime and every clustering method keeps to, those of plug-ins included --------------


NET_WH = rhythmic_homes(homes=7)
GROUPED = [(name, method) for name in every(regimes) for method in every(clusterings)]


def train(net_wh, regime, clustering="k-means", clusters=3):
    forecast = Forecast(training=regime, clustering=clustering, clusters=clusters, inputs=[])
    return train_models(net_wh, 30 * SLOTS_PER_DAY, gate_inputs(), forecast, Streams(7)), forecast


@pytest.mark.parametrize(("name", "method"), GROUPED)
class TestEveryRegime:
    def test_each_home_has_a_model_and_there_are_as_many_as_said(self, name, method):
        """Numbered as homes of theirs first appear."""
        training, forecast = train(NET_WH, name, method)
        of_home = training.cluster_of_home
        assert len(of_home) == len(NET_WH)
        assert list(dict.fromkeys(of_home)) == list(range(forecast.models(len(NET_WH))))
        assert len(training.models) == forecast.models(len(NET_WH))

    def test_the_same_homes_are_grouped_alike_in_any_order(self, name, method):
        of_home = train(NET_WH, name, method)[0].cluster_of_home
        assert of_home == train(NET_WH, name, method)[0].cluster_of_home
        order = [3, 1, 5, 0, 6, 2, 4]
        other = train(NET_WH[order], name, method)[0].cluster_of_home
        assert len({(of_home[home], other[at]) for at, home in enumerate(order)}) == len(set(of_home))

    def test_its_clients_have_all_samples_between_them(self, name, method):  # noqa: ARG002
        samples = torch.arange(24.0).reshape(2, 3, 4)
        clients = regimes.make(name).clients(samples)
        assert (clients.ndim, sorted(clients.flatten().tolist())) == (3, sorted(samples.flatten().tolist()))


@pytest.mark.parametrize("name", every(clusterings))
class TestEveryClustering:
    @pytest.mark.parametrize("clusters", range(1, 7))
    def test_as_many_clusters_as_asked_for_each_time_the_same(self, name, clusters):
        noise = np.random.default_rng(clusters).integers(-1_000, 1_000, (6, 48))
        method = clusterings.make(name)
        method.check(noise, 24, clusters)
        labels = list(method.labels(noise, 24, clusters, seed=3))
        assert (len(labels), len(set(labels))) == (6, clusters)
        assert labels == list(method.labels(noise, 24, clusters, seed=3))

    def test_homes_that_do_not_fall_into_so_many_are_refused(self, name):
        alike = np.repeat(rhythmic_homes(homes=2), 3, axis=0)
        for act in (clusterings.make(name).check, lambda *given: clusterings.make(name).labels(*given, 3)):
            with pytest.raises(InputError, match=r"^forecast.clusters = 3: should be at most 2, "):
                act(alike, 24, 3)


def test_groups_of_homes_of_three_rhythms():
    assert train(rhythmic_homes(), "clustered")[0].cluster_of_home == (0, 1, 2, 0, 1, 2)
    assert train(rhythmic_homes(), "by-size")[0].cluster_of_home == (0, 1, 0, 1, 1, 0)


def test_a_regime_that_makes_other_groups_than_it_says_is_refused(monkeypatch):
    monkeypatch.setattr(regimes["federated"], "models", lambda *_: 2)
    with pytest.raises(InputError, match=r'^forecast.training = "federated": makes 1 groups of 7 homes'):
        train(NET_WH, "federated")


def clusters_of(net_wh, clusters, seed=3):
    labels = clusterings.make("k-means").labels(net_wh, SLOTS_PER_DAY, clusters, seed)
    return tuple(list(dict.fromkeys(labels)).index(label) for label in labels)


def test_homes_with_days_of_one_shape_come_together():
    assert clusters_of(rhythmic_homes(homes=9), 3) == (0, 1, 2) * 3


def test_size_does_not_matter():
    net_wh = rhythmic_homes(homes=9)
    net_wh[:3] *= 10
    assert clusters_of(net_wh, 3) == (0, 1, 2) * 3


def test_time_of_day_counts_over_whole_days_only():
    """Half a day at the beginning of the data does not blur the profile."""
    net_wh = rhythmic_homes(homes=6, days=2)
    assert clusters_of(net_wh[:, 12:], 3) == clusters_of(net_wh, 3) == (0, 1, 2) * 2


@pytest.mark.parametrize("steps", [(1, 3, 9), (2, 5, 13)])
def test_flat_days_have_no_shape_whatever_their_mean(steps):
    """Loads of 100 and then 120 Wh: over thirteen days most of their means are no whole numbers."""
    flat = np.stack([np.repeat([100, 120], [24 * step, 24 * (13 - step)]) for step in steps])
    assert clusters_of(flat, 1) == (0, 0, 0)
    with pytest.raises(InputError, match=r"^forecast.clusters = 2: should be at most 1, "):
        clusters_of(flat, 2)
    evening = np.tile(np.repeat([100, 300], [18, 6]), 13)
    assert clusters_of(np.vstack([flat[:1], evening, flat[1:]]), 2) == (0, 1, 0, 0)


def test_days_of_one_shape_are_not_told_apart_by_rounding():
    day = np.arange(24) ** 2
    alike = np.stack(
        [np.tile(size * day + base, 7) for size, base in ((1, 0), (3, 77), (10, 5), (7, 123_457))]
    )
    with pytest.raises(InputError, match=r"^forecast.clusters = 2: should be at most 1, "):
        clusters_of(alike, 2)


def test_less_than_a_day_is_refused():
    with pytest.raises(InputError, match="a day of history, 24 slots; there are 23"):
        clusters_of(rhythmic_homes()[:, :23], 3)
