"""What a bundle claims is bounded before anything is executed or allocated for it."""

import json
import struct
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sim.bundle import archive, community, pack
from sim.bundle.archive import read_archive
from sim.bundle.calls import call_of
from sim.chain.accounts import account
from sim.chain.contracts import MARKET, compiled
from sim.chain.py_evm import PyEvmChain
from sim.errors import InputError
from sim.outputs import chain_record
from tests.bundle.forgery import (
    ELSEWHERE,
    claiming,
    kinds,
    no_bundle,
    refused,
    replaced,
    rewritten,
)
from tests.bundle.test_forged_chains import METER, signed, with_blocks
from tests.runs import QUIET

# Work -----------------------------------------------------------------------------------------------------

LOOP = bytes.fromhex("5b600060006000600060006000620186a0f15000")
"""Initcode that burns what gas it is given."""


@pytest.fixture
def nothing_executed(monkeypatch) -> None:
    """After the set-up, whose blocks are this checkout's own."""
    mine = PyEvmChain.mine

    def mine_set_up(self, timestamp, transactions):
        calls = (call_of(each.data, compiled(MARKET)) for each in transactions)
        assert not any(call and call.function == "commit" for call in calls)
        return mine(self, timestamp, transactions)

    monkeypatch.setattr(PyEvmChain, "mine", mine_set_up)


TRANSACTIONS = {
    "code of a stranger's own": ({"to": b"", "data": LOOP}, "no call of the market"),
    "a call of another contract": ({"to": b"\x22" * 20, "data": LOOP}, "no call of the market"),
}


@kinds(TRANSACTIONS)
@pytest.mark.usefixtures("nothing_executed")
def test_nothing_is_executed_before_all_calls_are_a_runs(kind: str, honest: Path, forged: Path) -> None:
    """It stands in the last block, and not even the first is executed."""
    fields, words = TRANSACTIONS[kind]
    last = signed(METER, gas=30_000_000, **fields)
    change = with_blocks(lambda blocks: blocks[-1]["transactions"].append(last))
    refused(rewritten(honest, forged, change), words)


def blank(blocks: list[dict[str, Any]]) -> None:
    for block in blocks:
        block["transactions"] = ["00" * (len(signed) // 2) for signed in block["transactions"]]


def by_a_stranger(blocks: list[dict[str, Any]]) -> None:
    blocks[-1]["transactions"].append(signed(account(ELSEWHERE, "meter")))


UNMADE = {
    "nothing signed": (blank, "block 1, transaction 1: not a signed transaction"),
    "signed by a stranger": (by_a_stranger, "no run of this seed"),
    "placeholders for proofs": (lambda _: None, "the chain has a proof of 64 bytes of home-10 at gate 1"),
}


@kinds(UNMADE)
def test_no_circuit_is_made_before_its_proofs_are_there(kind: str, honest, forged, monkeypatch) -> None:
    change, words = UNMADE[kind]
    monkeypatch.setattr(community, "set_up_circuits", pytest.fail)

    def claim(files, manifest) -> None:
        with_blocks(change)(files, manifest)
        replaced("scenario.toml", 'policy = "none"', 'policy = "all"')(files, manifest)

    refused(rewritten(honest, forged, claim), words)


# Memory ---------------------------------------------------------------------------------------------------


def test_homes_and_slots_are_those_on_the_chain(honest, forged, monkeypatch) -> None:
    monkeypatch.setattr(community, "_public_population", pytest.fail)
    path = rewritten(honest, forged, replaced("scenario.toml", "days = 1", "days = 30"))
    refused(path, "the chain holds 39 transactions", "a run of 4 homes and 720 slots has at least 844,")


def test_a_directory_is_counted_before_it_is_read(honest, forged, monkeypatch) -> None:
    """A zip file's last record says how long its directory is; the one before it could say otherwise."""
    monkeypatch.setattr(archive.zipfile, "ZipFile", pytest.fail)
    data = honest.read_bytes()
    fields = list(struct.unpack("<4s4H2LH", data[-22:]))
    for place, value in ((4, 60_000), (5, 2**31)):
        wrong = [*fields[:place], value, *fields[place + 1 :]]
        forged.write_bytes(data[:-22] + struct.pack("<4s4H2LH", *wrong))
        no_bundle(forged, "where a bundle has at most 64")
    forged.write_bytes(data[:-22] + b"PK\x06\x07".ljust(20, b"\0") + data[-22:])
    no_bundle(forged, "does not end as a zip file without a comment")


LONG = {
    "manifest.json": b'{"a":[' + b"[]," * 400_000 + b"1]}",
    "models.json": b'{"cluster_of_home":[' + b"[]," * 4_000 + b"1]}",
    "scenario.toml": b"a = [" + b"1," * 600_000 + b"1]",
}


@kinds(LONG)
def test_values_are_counted_before_they_are_made(kind: str, honest, forged, monkeypatch) -> None:
    def loads_little(text: str, **how: Any) -> Any:
        return pytest.fail("parsed") if len(text) > 9_999 else loads(text, **how)

    loads = json.loads
    archive.write_archive(forged, {**read_archive(honest), kind: LONG[kind]})
    monkeypatch.setattr(json, "loads", loads_little)
    monkeypatch.setattr(tomllib, "loads", pytest.fail) if kind == "scenario.toml" else None
    no_bundle(forged, kind, "values" if kind == "models.json" else "bytes")


def test_blocks_are_counted_before_they_are_made(monkeypatch) -> None:
    monkeypatch.setattr(chain_record, "_block", pytest.fail)
    with pytest.raises(ValueError, match="a chain record of more than 100,000 blocks"):
        chain_record.from_json('{"blocks":[\n' + ",\n" * 100_001 + "\n]}\n")


def test_a_long_name_in_toml_is_refused(honest, forged) -> None:
    """It takes the parser the square of its parts: 30,000 take half a minute."""
    change = replaced("scenario.toml", "[time]", f"[{'.'.join('a' * 30_000)}]\n[time]")
    no_bundle(rewritten(honest, forged, change), "scenario.toml", "a name of more than 16 parts")


# What can be called so --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("http://x")', "\u0430nna", "utility ", "a\x1b[2J", "", "a" * 201, "a,b", "\ud800"]
)
def test_homes_are_called_as_a_csv_file_can_call_them(name: str, honest, forged) -> None:
    homes = ["home-10", "home-09", "home-03", name]
    no_bundle(rewritten(honest, forged, claiming(homes=homes)), "manifest.json", "names in letters, digits")


@pytest.mark.parametrize(
    ("field", "name"),
    [("source", "/home/anna/data.csv"), ("source", "../x.csv"), ("srs", "C:\\\\kzg"), ("store", "/tmp/s")],
)
def test_files_have_names_and_no_paths(field: str, name: str, honest, forged) -> None:
    old = {"source": "sierra-crest", "srs": "shipped", "store": "off"}[field]
    change = replaced("scenario.toml", f'{field} = "{old}"', f'{field} = "{name}"')
    no_bundle(rewritten(honest, forged, change), field, "a bundle has the name of a file alone")


def test_days_are_in_the_calendar_and_on_a_chain(honest, forged) -> None:
    early, late = (
        replaced("scenario.toml", "start = 2017-06-12 ", f"start = {start} ")
        for start in ("1969-12-31", "9999-12-31")
    )
    refused(rewritten(honest, forged, early), "time.start", "blocks have times from 1970 on")
    no_bundle(rewritten(honest, forged, late), "time.start", "should be in the years")


def test_a_key_stands_once(honest, forged) -> None:
    """Also in a manifest that nobody holds against its one form."""
    files = read_archive(honest)
    manifest = files["manifest.json"].replace(b'"seed": 7', b'"seed": 7,\n "seed": 7')
    archive.write_archive(forged, {**files, "manifest.json": manifest})
    no_bundle(forged, 'the key "seed" stands there twice')


def test_a_bundle_of_another_version_says_which_can_check_it(honest, forged) -> None:
    def change(_, manifest) -> None:
        manifest["format"] = "zkpet-bundle-0"
        manifest["not_checked"]["versions"]["zkpet"] = "0.7.1"

    no_bundle(rewritten(honest, forged, change), "zkpet-bundle-0", "made by zkpet 0.7.1, which can check it")


def test_what_no_verification_would_read_is_not_packed(unproved, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(pack, "MAX_BYTES", 100_000)
    with pytest.raises(InputError, match="none larger than 100,000 is read"):
        pack.pack(unproved.folder, tmp_path / "x.zkpet", 1, QUIET)
    assert not (tmp_path / "x.zkpet").exists()
