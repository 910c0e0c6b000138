"""Replay: a bundle's run simulated again, and held against the market digest that the bundle claims.

Orders come from integer arithmetic that equals the circuits', so proofs change nothing in a market and are
not made again, unless cheats stand in the scenario: what refuses them is the verifier.

A bundle comes from a stranger. Only readings of the hash that the manifest names are parsed, wherever they
are; the store and the SRS that it names are neither read nor written.
"""

from dataclasses import dataclass
from pathlib import Path

from sim.bundle.claims import check_claims
from sim.bundle.contents import Sources, read_bundle
from sim.chain.backends import NoChain
from sim.data.population import build_population
from sim.errors import InputError
from sim.forecast.forecasters import Forecasters
from sim.outputs.provenance import data_sha256
from sim.proofs.srs import load_srs
from sim.runtime.progress import Progress
from sim.schema.forecasting import EMBEDDED_SOURCE, SHIPPED_SRS
from sim.schema.scenario import Scenario
from sim.seeds import Streams
from sim.simulation.preparation import train
from sim.simulation.run import simulate

_IN_PLAIN = {"chain.backend": NoChain.name}


@dataclass(frozen=True)
class Retrained:
    """Models trained again: how far they are from the bundled ones, and the market digest they make."""

    difference: str
    market_digest: str
    same_models: bool


@dataclass(frozen=True)
class Replayed:
    """A bundle's run, simulated again with its models.

    scenario:  with the readings where they are here
    claimed:   the market digest that the bundle claims
    retrained: what came of models trained again, where that was asked for
    """

    scenario: Scenario
    data_sha256: str
    models_digest: str
    market_digest: str
    claimed: str
    retrained: Retrained | None

    @property
    def same(self) -> bool:
        """Whether the claimed market came out."""
        return self.market_digest == self.claimed


def replay(path: Path, data: Path | None, retrain: bool, jobs: int, progress: Progress) -> Replayed:
    """Simulate the bundled run again.

    The readings are the file ``data``, or else the file that the bundle names, beside it. With ``retrain``
    the models are trained again too; what comes of that is reported and decides nothing.
    Raises InputError for what is no bundle, and where the readings are not those of the run.
    """
    bundle = read_bundle(path)
    sources, claimed = bundle.sources, bundle.manifest["market_digest"]
    try:
        check_claims(sources)
    except InputError as error:
        raise InputError(f"{path}: no run could be of this scenario and these models: {error}") from None
    scenario, models = _with_readings(path, sources, data), sources.models
    digest = _market_digest(scenario, models, jobs, progress)
    again = _retrained(scenario, models, digest, jobs, progress) if retrain else None
    return Replayed(scenario, sources.data_sha256, models.digest, digest, claimed, again)


def _with_readings(path: Path, sources: Sources, data: Path | None) -> Scenario:
    """The scenario with its readings where they are here, and this checkout's SRS.

    The market does not depend on the SRS. Raises InputError where the readings are not those of the run.
    """
    scenario = sources.scenario
    named = scenario.population.source
    if named == EMBEDDED_SOURCE:
        if data:
            raise InputError(f"--data {data}: the run of {path} was made with the embedded data")
        source = named
    else:
        file = data or path.parent / named
        if not file.is_file():
            raise InputError(
                f"{file}: is no file; name the readings that the run of {path} was made with by --data FILE, "
                f"whatever it is called: its sha-256 is {sources.data_sha256}"
            )
        source = str(file.resolve())
    if (found := data_sha256(source)) != sources.data_sha256:
        raise InputError(
            f"{source}: these readings have sha-256 {found}, but the run of {path} was made with those of "
            f"{sources.data_sha256}; replay needs the very same file"
        )
    here = {"population.source": source, "proofs.srs": SHIPPED_SRS}
    if scenario.forecast.model:  # what --retrain reads
        here["forecast.model"] = str((path.parent / scenario.forecast.model).resolve())
    return scenario.changed(here)


# The run again --------------------------------------------------------------------------------------------


def _market_digest(scenario: Scenario, models: Forecasters, jobs: int, progress: Progress) -> str:
    """Of the run, or of one of the same market in which nothing is proved, nor would be for its costs.

    Of sealed orders in plain integers: what commitments to them come to does not depend on any.
    """
    if not scenario.adversaries.anybody:
        changes = {"proofs.policy": "none", "costs.charged": False}
        scenario = scenario.changed(changes | (_IN_PLAIN if scenario.market.sealed else {}))
    return simulate(scenario, load_srs(), jobs, progress, models).market_digest


def _retrained(
    scenario: Scenario, bundled: Forecasters, digest: str, jobs: int, progress: Progress
) -> Retrained:
    """Models trained again; the same ones make the market of this digest."""
    streams = Streams(scenario.seed)
    models = train(scenario, build_population(scenario, streams), streams, progress)
    same = models.digest == bundled.digest
    market = digest if same else _market_digest(scenario, models, jobs, progress)
    return Retrained(difference(bundled, models), market, same)


def difference(bundled: Forecasters, retrained: Forecasters) -> str:
    """In one sentence, how far models trained again are from the bundled ones."""
    if bundled.digest == retrained.digest:
        rounds = zip(_rounds(bundled), _rounds(retrained), strict=False)
        other = sum(before != after for before, after in rounds)
        also = f"; the parameters after {other:,} rounds differ in their last bits" if other else ""
        return f"SAME models, digest {bundled.digest}{also}"
    pairs = list(zip(bundled.cluster_of_home, retrained.cluster_of_home, strict=False))
    moved = sum(before != after for before, after in pairs)
    counts = [[len(training.models) for training in each.trainings] for each in (bundled, retrained)]
    if moved or counts[0] != counts[1]:
        return f"DIFFERENT models, {moved} of {len(pairs)} homes in other clusters, digest {retrained.digest}"
    if _forms(bundled) != _forms(retrained):
        return f"DIFFERENT models, of other shape or precision, digest {retrained.digest}"
    gaps = [abs(a - b) for a, b in zip(_numbers(bundled), _numbers(retrained), strict=True)]
    count = sum(gap > 0 for gap in gaps)
    return (
        f"DIFFERENT models: {count:,} of {len(gaps):,} constants differ, by at most {max(gaps):,} "
        f"units of their last place, digest {retrained.digest}"
    )


def _rounds(models: Forecasters) -> list[str]:
    """The digests of all rounds."""
    clusters = (cluster for training in models.trainings for cluster in training.rounds)
    return [digest for digests in clusters for digest in digests]


def _forms(models: Forecasters) -> list[object]:
    return [(model.form, model.precision) for model in models.models]


def _numbers(models: Forecasters) -> list[int]:
    """All constants as Python's integers, which do not overflow."""
    arrays = [array for model in models.models for array in model.constants]
    return [number for array in arrays for number in array.ravel().tolist()]
