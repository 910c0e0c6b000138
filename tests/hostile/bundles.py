"""Hostile bundles, for ``verify`` and ``replay``."""

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rlp

from sim.bundle.archive import read_archive, write_archive
from sim.chain.accounts import account
from sim.chain.base import Transaction
from sim.chain.blocks import Signer
from sim.outputs.run_directory import CHAIN, MANIFEST, SCENARIO
from sim.seeds import Streams
from tests.bundle.forgery import Files, claiming, replaced, rewritten
from tests.hostile.case import Case, Honest

PAINTED = "\x1b[2J\x1b[3J\x1b[HVERIFIED\x1b[8m"
"""Clears a terminal, writes a word and hides what follows."""

_ENDLESS = bytes.fromhex("5b600056")  # JUMPDEST, PUSH1 0, JUMP


def raw(content: bytes) -> Callable[[Honest, Path], Path]:
    """A file of these bytes."""

    def make(_: Honest, folder: Path) -> Path:
        path = folder / "x.zkpet"
        path.write_bytes(content)
        return path

    return make


def sparse(size: int, name: str = "x.zkpet") -> Callable[[Honest, Path], Path]:
    """A file of nothing but a length."""

    def make(_: Honest, folder: Path) -> Path:
        with (folder / name).open("wb") as file:
            file.truncate(size)
        return folder / name

    return make


def device(_: Honest, folder: Path) -> Path:
    """A link to a file without end."""
    (folder / "x.zkpet").symlink_to("/dev/zero")
    return folder / "x.zkpet"


def fifo(_: Honest, folder: Path) -> Path:
    """A pipe that nobody writes to."""
    os.mkfifo(folder / "x.zkpet")
    return folder / "x.zkpet"


def changed(change: Callable[[Files, dict[str, Any]], object]) -> Callable[[Honest, Path], Path]:
    """The honest bundle with files or claims changed, and its hashes made right again."""
    return lambda honest, folder: rewritten(honest.bundle, folder / "x.zkpet", change)


def manifest_text(change: Callable[[str], str]) -> Callable[[Honest, Path], Path]:
    """The honest bundle with the manifest's text changed."""

    def make(honest: Honest, folder: Path) -> Path:
        files = read_archive(honest.bundle)
        files[MANIFEST] = change(files[MANIFEST].decode()).encode()
        write_archive(folder / "x.zkpet", files)
        return folder / "x.zkpet"

    return make


def scenario_lines(*lines: tuple[str, str]) -> Callable[[Files, dict[str, Any]], None]:
    """Lines of the bundle's scenario that begin so, written otherwise."""

    def change(files: Files, _: dict[str, Any]) -> None:
        text = files[SCENARIO].decode().splitlines()
        for begins, instead in lines:
            assert any(line.startswith(begins) for line in text), begins
            text = [instead if line.startswith(begins) else line for line in text]
        files[SCENARIO] = ("\n".join(text) + "\n").encode()

    return change


def large(homes: int, days: int, slot_s: int, lookback: int, horizon: int) -> Any:
    """Claims of a market so large that its windows alone fill a machine."""

    def change(files: Files, manifest: dict[str, Any]) -> None:
        scenario_lines(
            ("days = ", f"days = {days}"),
            ("horizon = ", f"horizon = {horizon}"),
            ("lookback = ", f"lookback = {lookback}"),
            ("agents = ", f"agents = {homes}"),
            ("resampling = ", "resampling = true"),
            ("source = ", 'source = "mine.csv"'),
        )(files, manifest)
        manifest["homes"] = [f"sim-{number:04d}" for number in range(1, homes + 1)]
        manifest["slot_s"] = slot_s
        manifest["has_pv"] = [True] * homes
        model = {
            "family": "linear",
            "precision": 4,
            "weights": [[[0] * lookback] * horizon],
            "biases": [[0] * horizon],
        }
        models = json.loads(files["models.json"])
        models["models"] = [models["models"][0] | model]
        models["cluster_of_home"] = [0] * homes
        files["models.json"] = json.dumps(models, separators=(",", ":")).encode()

    return change


def endless_work(transactions: int) -> Callable[[Files, dict[str, Any]], None]:
    """Signed deployments of contracts that loop until their gas is gone, behind the honest set-up."""

    def change(files: Files, manifest: dict[str, Any]) -> None:
        record = json.loads(files[CHAIN])
        signer = Signer(manifest["genesis"]["chain_id"])
        sender = account(Streams(manifest["seed"]), "utility")
        signed = [
            rlp.encode(signer.sign(Transaction(sender, None, _ENDLESS, 30_000_000), 10**9)).hex()
            for _ in range(transactions)
        ]
        record["blocks"][-1]["transactions"] += signed
        files[CHAIN] = _chain_json(record["blocks"])

    return change


def empty_blocks(number: int) -> Callable[[Files, dict[str, Any]], None]:
    """A chain of very many blocks."""

    def change(files: Files, _: dict[str, Any]) -> None:
        last = json.loads(files[CHAIN])["blocks"][-1]
        files[CHAIN] = _chain_json([last | {"number": n, "transactions": []} for n in range(1, number + 1)])

    return change


def _chain_json(blocks: list[dict[str, Any]]) -> bytes:
    lines = [json.dumps(block, sort_keys=True, separators=(",", ":")) for block in blocks]
    return ('{"blocks":[\n' + ",\n".join(lines) + "\n]}\n").encode()


def many_members(_: Honest, folder: Path) -> Path:
    """A zip directory of very many entries."""
    path = folder / "x.zkpet"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(200_000):
            archive.writestr(f"{number:06d}.json", b"")
    return path


def compressed(_: Honest, folder: Path) -> Path:
    """A few kilobytes that unpack to gigabytes."""
    path = folder / "x.zkpet"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(MANIFEST, "w") as member:
        for _unused in range(512):
            member.write(bytes(2**21))
    return path


def home_called(name: str) -> Callable[[Files, dict[str, Any]], None]:
    """The first home bears another name, in all that is claimed."""

    def change(files: Files, manifest: dict[str, Any]) -> None:
        manifest["homes"][0] = name
        scenario_lines(("source = ", 'source = "mine.csv"'))(files, manifest)

    return change


def nested(depth: int) -> Callable[[str], str]:
    """JSON so deep that a parser's stack ends."""
    return lambda text: text.replace("{", '{"a": ' + "[" * depth + "]" * depth + ",", 1)


VERIFY = {
    "an empty file": raw(b""),
    "a link to a file without end": device,
    "a pipe that nobody writes to": fifo,
    "two gigabytes of nothing": sparse(2**31),
    "a directory of 200,000 members": many_members,
    "a gigabyte, compressed": compressed,
    "two transactions that use up 30 M gas": changed(endless_work(2)),
    "a thousand transactions that use up 30 M gas": changed(endless_work(1_000)),
    "a hundred thousand blocks": changed(empty_blocks(100_000)),
    "windows of 72 GB": changed(large(256, 366, 300, 336, 1)),
    "windows of 3 GB": changed(large(64, 30, 300, 336, 1)),
    "a start in the year 9999": changed(replaced(SCENARIO, "2017-06-12", "9999-12-31")),
    "a start in the year 1": changed(replaced(SCENARIO, "2017-06-12", "0001-01-01")),
    "a claim whose name paints the screen": changed(claiming(**{PAINTED: 1})),
    "a version that paints the screen": changed(claiming(format=PAINTED)),
    "a hash of data that paints the screen": changed(claiming(data_sha256=PAINTED)),
    "a claim that stands twice": manifest_text(lambda text: text.replace("{", '{"seed": 8,', 1)),
    "claims nested 100,000 deep": manifest_text(nested(100_000)),
    "a number of a million digits": manifest_text(
        lambda text: text.replace("{", f'{{"a": {"9" * 10**6},', 1)
    ),
    "a home that is a formula": changed(home_called('=HYPERLINK("x")')),
    "a home of look-alike letters": changed(home_called("\u0430nna")),
    "a home with a blank at its end": changed(home_called("anna ")),
    "data at an absolute path": changed(scenario_lines(("source = ", 'source = "/etc/passwd"'))),
    "an SRS that is a device": changed(scenario_lines(("srs = ", 'srs = "/dev/zero"'))),
    "a limit of 10^12 gas a block": changed(
        scenario_lines(("block_gas_limit = ", "block_gas_limit = 1000000000000"))
    ),
}
REPLAY = {
    "no digest": changed(lambda _, manifest: manifest.pop("market_digest")),
    "a digest that paints the screen": changed(claiming(market_digest=PAINTED)),
    "claims that stand twice": manifest_text(lambda text: text.replace("{", '{"seed": 8,', 1)),
    "windows of 72 GB": changed(large(256, 366, 300, 336, 1)),
    "readings at an absolute path": changed(scenario_lines(("source = ", 'source = "/etc/passwd"'))),
    "a link to a file without end": device,
}
CASES = {f"verify: {name}": Case("verify", make) for name, make in VERIFY.items()} | {
    f"replay: {name}": Case("replay", make) for name, make in REPLAY.items()
}
