"""Checking a bundle as a stranger: nothing in it is believed, and no data are needed.

Contracts and SRS come from this checkout. From scenario, seed, homes' names and models follow the accounts,
the genesis, every verifying key and the foundation; from the signed transactions follows all the rest. So a
bundle is checked by making it again, and every byte has to come out.
"""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from sim.bundle.archive import read_archive
from sim.bundle.community import Community, founded, srs_source
from sim.bundle.contents import FILES, NOT_CHECKED, Bundle, bundle_of, canonical_json, is_digest, sha256
from sim.bundle.execution import REFUSED, execute_whole_run
from sim.bundle.foundation import check_foundation
from sim.bundle.markets.base import Executed
from sim.bundle.public import files_of, genesis
from sim.bundle.unknown import stood_in, unchecked_rule
from sim.bundle.verdict import UNPROVED, Verdict
from sim.chain.accounts import OPERATORS
from sim.data import sierra_crest
from sim.errors import BundleError, InputError
from sim.outputs.run_directory import MANIFEST
from sim.proofs.prover import verify as verifies
from sim.proofs.srs import Srs, load_srs
from sim.runtime.progress import Progress
from sim.schema.forecasting import EMBEDDED_SOURCE


def verify(
    path: Path,
    expected: str | None,
    srs_file: Path | None,
    jobs: int,
    progress: Progress,
    require_proofs: bool = False,
) -> Verdict:
    """Check a bundle.

    expected:       the market digest, in hex, that it has to have; None where nobody has published one
    srs_file:       the ceremony's SRS, where the run was proved under one
    require_proofs: whether a bundle fails in which not every accepted order is proved

    Raises InputError for what is no bundle, and where the SRS is wanted and not given.
    """
    if expected is not None and not is_digest(expected):
        raise InputError(f"--expect {expected[:80]}: should be a market digest, 64 digits of hex")
    files = read_archive(path)
    with ExitStack() as stack:
        stack.enter_context(stood_in(files))
        bundle = bundle_of(files, path)
        source = srs_source(path, bundle.sources.scenario, srs_file)
        verdict = Verdict(path, bundle, source, expected is not None, unchecked_rule(bundle))
        examination = Examination(bundle, load_srs(source), source, jobs, progress, stack, require_proofs)
        try:
            examination.run(verdict, expected)
        except (BundleError, OverflowError) as error:
            verdict.failed(str(error))
    return verdict


class Examination:
    """One bundle under examination; each check returns what it found, or raises BundleError."""

    def __init__(
        self,
        bundle: Bundle,
        srs: Srs,
        srs_source: str,
        jobs: int,
        progress: Progress,
        stack: ExitStack,
        require_proofs: bool,
    ) -> None:
        self._bundle, self._sources = bundle, bundle.sources
        self._srs, self._srs_source, self._jobs = srs, srs_source, jobs
        self._progress, self._stack, self._require_proofs = progress, stack, require_proofs

    def run(self, verdict: Verdict, expected: str | None) -> None:
        """All checks in order; each rests on those before it."""
        with verdict.check("hashes") as found:
            found(self._hashes())
        with verdict.check("proofs"):
            self._check_policy()
        with verdict.check("models") as found:
            community = self._found()
            found(_models_sentence(community, self._srs_source))
        with verdict.check("genesis") as found:
            found(self._genesis(community))
        with verdict.check("set-up") as found:
            check_foundation(community, self._sources.record)
            found(
                f"{len(community.sent)} transactions: this checkout's contracts; roles, keys, tariffs, credit"
            )
        with verdict.check("chain") as found:
            executed = self._execute(community)
            found(_chain_sentence(community, executed))
        with verdict.check("proofs") as found:
            found(self._proofs(community, executed))
        with verdict.check("tables") as found:
            found(self._files(community, executed))
        with verdict.check("market") as found:
            found(self._market(expected))

    def _hashes(self) -> str:
        claimed = self._bundle.manifest[FILES]
        if canonical_json(self._bundle.manifest) != self._bundle.files[MANIFEST]:
            raise BundleError(f"{MANIFEST} is not in the one form that zkpet writes")
        for name, content in self._bundle.files.items():
            if name != MANIFEST and claimed.get(name) != sha256(content):
                raise BundleError(f"{name} does not have the sha-256 that {MANIFEST} names")
        if len(claimed) != len(self._bundle.files) - 1:
            raise BundleError(f"{MANIFEST} names files that the bundle does not hold")
        data = self._sources.data_sha256
        if self._sources.scenario.population.source == EMBEDDED_SOURCE and data != sierra_crest.SHA256:
            raise BundleError(f"data_sha256 = {data[:80]!r} is not the hash of the embedded data")
        return f"{len(claimed)} files, each as {MANIFEST} names it"

    def _check_policy(self) -> None:
        policy = self._sources.scenario.proofs.policy
        if self._require_proofs and policy != "all":
            raise BundleError(f'{UNPROVED}: policy "{policy}", and --require-proofs asks for a proof of each')

    def _found(self) -> Community:
        """Rebuild circuits and foundation."""
        claimed = self._bundle.manifest.get("srs_sha256")
        known = dict(zip(map(str, self._srs.logrows), self._srs.digests, strict=True))
        if not isinstance(claimed, dict) or any(known.get(size) != claimed[size] for size in claimed):
            raise BundleError(f"claims proofs under an SRS that is not this one ({self._srs_source})")
        community = founded(self._sources, self._srs, self._srs_source, self._jobs, None, self._progress)
        return self._stack.enter_context(community)

    def _genesis(self, community: Community) -> str:
        ours, claimed = genesis(community), self._bundle.manifest.get("genesis")
        theirs = claimed if isinstance(claimed, dict) else {}
        for name in ours:
            # The chain's id follows from the whole set-up, whose own check says what in it differs.
            if name != "chain_id" and theirs.get(name) != ours[name]:
                raise BundleError(f"{name} of the genesis is not what follows from seed and scenario")
        return f"funds the {len(community.accounts)} accounts of the seed and nothing else"

    def _execute(self, community: Community) -> Executed:
        record = self._sources.record
        for number, mined in enumerate(record, start=1):
            if mined.block.number != number or not (mined.block.hash and mined.block.state_root):
                raise BundleError(f"block {number} has no number, hash or state root")
        total = sum(len(mined.block.transactions) for mined in record[len(community.set_up) :])
        with self._progress.stage("chain", total, "transactions") as advance:
            return execute_whole_run(community, record, advance)

    def _proofs(self, community: Community, executed: Executed) -> str:
        policy, kind = self._sources.scenario.proofs.policy, community.kind
        auctioneer = community.accounts[OPERATORS.index("auctioneer")]
        given = (community.prepared, community.market, auctioneer, community.sealed, self._srs)
        opened = kind.check_openings(*given, executed.calls)
        submissions = [each for each in executed.calls if each.stage == "submit"]
        if policy != "all":
            return f'{UNPROVED}: policy "{policy}", a stub stood in the verifier\'s place{opened}'
        forecasters = community.prepared.forecasters
        with self._progress.stage("proofs", len(submissions), "proofs") as advance:
            for each in submissions:
                circuit = community.circuits[forecasters.number(community.row_of(each.receipt), each.gate)]
                if not verifies(circuit, *kind.proof_of(each.call), self._srs):
                    name = self._sources.homes[community.row_of(each.receipt)]
                    raise BundleError(f"the proof of {name} at gate {each.gate + 1} does not verify")
                advance(1)
        proved = f"all {len(submissions)} accepted submissions proved"
        return f"{proved}: by EZKL, and by its verifier on chain{opened}"

    def _files(self, community: Community, executed: Executed) -> str:
        unchecked = self._bundle.manifest[NOT_CHECKED]
        rebuilt = files_of(self._sources, community, executed, self._srs, unchecked)
        check_files(self._bundle.files, rebuilt)
        also = ""
        if community.prepared.mechanism.generic and unchecked_rule(self._bundle) is None:
            name = community.prepared.mechanism.name
            also = f"; the contract checks limits and balance, and all slots are as {name} clears them"
        return f"and figures: made again from the contract's events, every byte the same{also}"

    def _market(self, expected: str | None) -> str:
        digest = str(self._bundle.manifest["market_digest"])
        if expected is not None and expected != digest:
            raise BundleError(f"digest is {digest}, not the expected {expected}")
        return f"digest {digest}" + (", as expected" if expected else "")


def _models_sentence(community: Community, srs_source: str) -> str:
    digest = community.prepared.forecasters.digest
    if not community.circuits:
        return f"{len(community.prepared.forecasters.models)} models, digest {digest}"
    return f"{len(community.circuits)} verifying keys rebuilt under the {srs_source} SRS, models {digest}"


def _chain_sentence(community: Community, executed: Executed) -> str:
    refused = sum(sent.stage == REFUSED for sent in executed.sent)
    also = f", {refused} of them refused again" if refused else ""
    blocks = community.chain.blocks
    return (
        f"{len(executed.sent)} transactions in {len(blocks)} blocks executed again{also}: "
        f"same hashes, state root {blocks[-1].state_root.hex()}"
    )


def check_files(files: Mapping[str, bytes], rebuilt: Mapping[str, bytes]) -> None:
    """Raise BundleError where a bundle's file is not what follows, and say where; the manifest last."""
    for name in sorted(rebuilt, key=lambda name: name == MANIFEST):
        if rebuilt[name] != files[name]:
            raise BundleError(_difference(name, files[name], rebuilt[name]))


def _difference(name: str, theirs: bytes, ours: bytes) -> str:
    """Where a file first differs from what follows."""
    if name == MANIFEST:
        given, meant = json.loads(theirs), json.loads(ours)
        fields = [field for field in meant if given.get(field) != meant[field]]
        claims = f"claims another {', '.join(fields)} than follows from the transactions"
        return f"{name} {claims if fields else 'has fields that no bundle has'}"
    lines = zip(theirs[: len(ours) + 1].splitlines(), ours.splitlines(), strict=False)
    line = next((number for number, (a, b) in enumerate(lines, start=1) if a != b), None)
    where = f"line {line}" if line else "its length"
    return f"{name} is not what the contract's events make: {where} differs"
