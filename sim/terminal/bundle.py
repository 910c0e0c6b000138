"""What the terminal shows of bundles packed and replayed; of one verified, its verdict says it."""

from pathlib import Path

from sim.bundle.pack import Packed
from sim.bundle.replay import Replayed
from sim.errors import plain

SEALED = "in plain integers: nothing is committed to again; zkpet verify opens the sums in the bundle"


def packed(made: Packed, bundle: Path) -> str:
    """What is in a bundle."""
    size = f"{made.files} files, {made.size:,} bytes, {made.transactions} transactions"
    return f"{bundle}: {size}\nmarket digest {made.market_digest}"


def replayed(found: Replayed, bundle: Path) -> str:
    """What came out again, and what did not."""
    scenario, again = found.scenario, found.retrained
    lines = [
        f"replay of {plain(str(bundle))}: {scenario.name}, seed {scenario.seed}",
        "",
        _row("readings", f"as in the bundle, sha-256 {found.data_sha256}"),
        _row("models", f"as bundled, digest {found.models_digest}"),
        _row("market", _verdict(found.market_digest, found.claimed)),
        _row("proofs", _about_proofs(cheated=scenario.adversaries.anybody)),
        *([_row("orders", SEALED)] if scenario.market.sealed else []),
    ]
    if again:
        market = _verdict(again.market_digest, found.claimed)
        lines += [
            "",
            _row("trained again", again.difference),
            _row("their market", "that of the same models, above" if again.same_models else market),
        ]
    return "\n".join(lines)


def _verdict(digest: str, claimed: str) -> str:
    if digest == claimed:
        return f"SAME market digest {digest}"
    return f"DIFFERENT market digest {digest}, but the bundle claims {claimed}"


def _about_proofs(cheated: bool) -> str:
    if cheated:
        return (
            "made again, because cheats are refused by the verifier; those in the bundle were not looked at"
        )
    return "not made again: quantities come from exact arithmetic; zkpet verify checks those in the bundle"


def _row(name: str, sentence: str) -> str:
    return f"  {name:<15} {plain(sentence)}"
