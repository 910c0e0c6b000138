"""The report of a verification, as a reviewer reads it: each check and what it found, then what it means."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill

from sim.bundle.contents import Bundle, made_by
from sim.bundle.markets import kind_of
from sim.errors import LONGEST_SENTENCE, plain
from sim.outputs.provenance import versions
from sim.schema.forecasting import EMBEDDED_SOURCE, SHIPPED_SRS

CHECKS = ("hashes", "models", "genesis", "set-up", "chain", "proofs", "tables", "market")
UNPROVED = "NONE of the orders is proved"
_WIDTH = 100
_NOT_SHOWN = (
    "Not shown: that the readings are true; how the models were trained; why homes asked what they asked "
    "(zkpet replay simulates that again, with the data); what the scenario says of data, training and costs; "
    "the versions in the manifest"
)
_EXPECTED = "The market digest is the expected one, so whoever published it stands for this market."
_EXPECTED_UNPROVED = (
    "The market digest is the expected one, which a market has with and without proofs: it does not say that "
    "whoever published it stands for orders without proof."
)
_NOTHING_EXPECTED = (
    "Nor who made it: anybody can make another consistent bundle. A market digest published elsewhere, given "
    "with --expect, ties it to its author."
)


class Verdict:
    """Collects what checks found; after one that failed, the others are not looked at.

    holds:  whether nothing has failed
    proved: whether it is of a run in which every accepted order has to be proved
    """

    def __init__(
        self, path: Path, bundle: Bundle, srs_source: str, expected: bool, unchecked: str | None
    ) -> None:
        self.holds, self.proved = True, bundle.sources.scenario.proofs.policy == "all"
        self._path, self._sources, self._srs_source = path, bundle.sources, srs_source
        self._expected, self._maker = expected, made_by(bundle.manifest)
        self._found: dict[str, str] = {}
        self._looking_at = CHECKS[0]
        self._problem, self._unchecked = "", unchecked

    @property
    def whole(self) -> bool:
        """Whether nothing was left unchecked for want of a plug-in."""
        return self._unchecked is None

    @contextmanager
    def check(self, name: str) -> Iterator[Callable[[str], None]]:
        """One check; yields what to tell its finding to."""
        self._looking_at = name
        yield lambda sentence: self._found.update({name: sentence})

    def failed(self, problem: str) -> None:
        """The check that is being looked at has failed."""
        self.holds, self._problem = False, problem

    def report(self) -> str:
        """For the terminal."""
        scenario = self._sources.scenario
        homes = f"{len(self._sources.homes)} homes"
        title = f"{plain(str(self._path))}: {scenario.name}, seed {scenario.seed}, {homes}"
        lines = [title, "", *(_row(*found) for found in self._found.items())]
        if not self.holds:
            skipped = [name for name in CHECKS if name not in self._found and name != self._looking_at]
            lines.append(_row(self._looking_at, self._problem, "FAILED"))
            lines += [_row(name, "not looked at after that", "-") for name in skipped]
            lines += ["", *self._other_version()]
            return "\n".join([*lines, f"NOT VERIFIED: {self._problem}"])
        said = (
            f"VERIFIED{self._reservation()}" if self.whole else f"CHECKED IN PART, but not {self._unchecked}"
        )
        return "\n".join([*lines, "", *self._meaning(), "", plain(said, 2 * LONGEST_SENTENCE)])

    def _other_version(self) -> list[str]:
        """What explains a failure without fraud."""
        maker, ours = self._maker, versions()["zkpet"]
        if maker is None or maker == ours:
            return []
        return [
            f"Its manifest says that zkpet {maker} made it, and this is {ours}: verify it with that version.",
            "",
        ]

    def _reservation(self) -> str:
        policy = self._sources.scenario.proofs.policy
        return "" if self.proved else f', but not proved: {UNPROVED} (policy "{policy}")'

    def _meaning(self) -> list[str]:
        kind = kind_of(self._sources.scenario)
        shown = kind.shown + (kind.proved if self.proved else "")
        return [fill(shown, _WIDTH), fill(self._not_shown(), _WIDTH)]

    def _not_shown(self) -> str:
        kind = kind_of(self._sources.scenario)
        parts = [_NOT_SHOWN, *kind.not_shown, *([self._unchecked] if self._unchecked else [])]
        if self._sources.scenario.population.source != EMBEDDED_SOURCE:
            parts.append("the hash of the readings there")
        if self._sources.scenario.adversaries.anybody:
            parts.append("who cheated, and that no attempt which was refused has been left out")
        forgeable = [*(["no proof"] if self.proved else []), *kind.forgeable]
        if forgeable and self._srs_source == SHIPPED_SRS:
            parts.append(f"that the maker of the shipped SRS, who could, forged {' and '.join(forgeable)}")
        expected = _EXPECTED if self.proved else _EXPECTED_UNPROVED
        closing = expected if self._expected else _NOTHING_EXPECTED
        return f"{'; '.join(parts)}. {closing}"


def _row(name: str, sentence: str, result: str = "ok") -> str:
    return f"  {name:<9} {'none' if sentence.startswith(UNPROVED) else result:<7} {plain(sentence)}"
