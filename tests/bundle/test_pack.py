"""What is packed is what was run, and nothing private; what cannot be checked is not packed."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest

from sim.bundle.archive import read_archive, write_archive
from sim.bundle.contents import REQUIRED
from sim.bundle.pack import pack
from sim.chain.accounts import OPERATORS, account
from sim.cli import main
from sim.errors import InputError
from sim.outputs.chain_record import from_json, to_json
from sim.outputs.run_directory import CHAIN, MANIFEST, MODELS, SCENARIO
from sim.plugins import read_plugins
from sim.proofs.field import MODULUS
from tests.bundle.conftest import PackedRun
from tests.runs import MCAFEE, QUIET, ROOT

# What is packed is what was run, and what cannot be checked is not packed ---------------------------------


@pytest.fixture
def run(unproved, tmp_path) -> Path:
    """A copy of a run directory, to be tampered with."""
    return Path(shutil.copytree(unproved.folder, tmp_path / "run"))


def refusal(run: Path) -> str:
    with pytest.raises(InputError) as refused:
        pack(run, run.parent / "x.zkpet", 1, QUIET)
    assert not (run.parent / "x.zkpet").exists()
    assert "\n" not in str(refused.value)
    return str(refused.value)


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_packing_again_gives_the_same_bytes(unproved, run, tmp_path) -> None:
    pack(run, tmp_path / "again.zkpet", 1, QUIET)
    assert (tmp_path / "again.zkpet").read_bytes() == unproved.bundle.read_bytes()
    assert set(read_archive(unproved.bundle)) == set(REQUIRED)


def test_the_store_that_a_run_directory_names_is_left_alone_and_not_packed(run, unproved, tmp_path) -> None:
    change(run / SCENARIO, 'store = "off"', f'store = "{tmp_path / "cache"}"')
    pack(run, tmp_path / "x.zkpet", 1, QUIET)
    assert not (tmp_path / "cache").exists()
    packed = read_archive(tmp_path / "x.zkpet")[SCENARIO]
    assert packed == read_archive(unproved.bundle)[SCENARIO].replace(b'store = "off"', b'store = "default"')


def test_the_srs_that_a_run_directory_names_is_not_read(run, unproved, tmp_path) -> None:
    """Where nothing is proved none is needed; else it is the user who says where the ceremony's file is."""
    change(run / SCENARIO, 'srs = "shipped"', f'srs = "{tmp_path / "ours.srs"}"')
    pack(run, tmp_path / "x.zkpet", 1, QUIET)
    assert b'srs = "ours.srs"' in read_archive(tmp_path / "x.zkpet")[SCENARIO]
    with pytest.raises(InputError, match=r"--srs ours: .* was not proved under a ceremony's SRS"):
        pack(unproved.folder, tmp_path / "y.zkpet", 1, QUIET, Path("ours"))
    change(run / SCENARIO, 'policy = "none"', 'policy = "all"')
    with pytest.raises(InputError, match=r"under a ceremony's SRS, ours\.srs; name that file with --srs"):
        pack(run, tmp_path / "z.zkpet", 1, QUIET)


def test_nothing_of_platform_or_clock_is_packed(unproved) -> None:
    files = read_archive(unproved.bundle)
    own = json.loads((unproved.folder / MANIFEST).read_text())
    for content in files.values():
        assert own["platform"].encode() not in content
        assert b"prove_cpu_s" not in content
        assert b"wall_s" not in content


def test_a_run_without_a_chain_is_refused(run, tmp_path, capsys) -> None:
    change(run / SCENARIO, 'backend = "py-evm"', 'backend = "none"')
    (run / CHAIN).unlink()
    assert main(["bundle", str(run), "-o", str(tmp_path / "x.zkpet")]) == 2
    assert capsys.readouterr().err == (
        f'zkpet: {run}: was run with chain.backend = "none", so it has no chain to check\n'
    )


def test_another_market_digest_is_refused(run) -> None:
    digest = json.loads((run / MANIFEST).read_text())["market_digest"]
    change(run / MANIFEST, digest, "0" * 64)
    assert f"claims market {'0' * 64}, its chain holds {digest}" in refusal(run)


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        (CHAIN, '"receipts":"', '"receipts":"0', "no chain record in the one form"),
        (SCENARIO, "feed_in = 0.06", "feed_in = 0.05", "calls enrol home-10 with feed_in"),
        (SCENARIO, "seed = 7", "seed = 8", "homes are not those that a run of the scenario has"),
        (MODELS, '"biases":[[0,', '"biases":[[1,', "stores another verifying key"),
        (SCENARIO, "lookback = 24", "lookback = 25", "another family, shape or precision"),
        (MANIFEST, '"slot_s"', '"slots"', "is not as a run leaves it"),
    ],
)
def test_a_changed_run_is_refused(run, file, old, new, sentence) -> None:
    change(run / file, old, new)
    assert sentence in refusal(run)


def test_the_chain_has_one_form(unproved) -> None:
    text = (unproved.folder / CHAIN).read_text()
    assert to_json(from_json(text)) == text
    others = text.replace(",", ", "), text + "\n", text.replace('"hash":"', '"hash":"AB'), "{}", "[]", "1"
    for other in others:
        with pytest.raises(ValueError, match="no chain record"):
            from_json(other)


# Bundles, terminal and chain hold no reading, salt or key, searched for by value in every likely writing --


IN_A_ROW = 3
SEPARATORS = (",", ", ", " ", "\n", ",\n  ")


def writings(numbers: tuple[int, ...]) -> Iterator[bytes]:
    """How a sequence of integers may stand in a file, a log or calldata."""
    for separator in SEPARATORS if len(numbers) > 1 else [""]:
        yield separator.join(map(str, numbers)).encode()
    for order in ("big", "little"):
        for width in (2, 4, 5, 8, 32):
            if all(-(2 ** (8 * width - 1)) <= number < 2 ** (8 * width - 1) for number in numbers):
                yield from _raw_and_hex([n.to_bytes(width, order, signed=True) for n in numbers])
        yield from _raw_and_hex([(number % MODULUS).to_bytes(32, order) for number in numbers])


def _raw_and_hex(words: Iterable[bytes]) -> Iterator[bytes]:
    words = list(words)
    yield b"".join(words)
    for separator in ("", ",", '","', '", "'):
        yield separator.join(word.hex() for word in words).encode()


def found(needles: Mapping[str, tuple[int, ...]], hay: Mapping[str, bytes]) -> list[str]:
    return [
        f"{what} in {where}"
        for what, numbers in needles.items()
        for needle in set(writings(numbers))
        for where, content in hay.items()
        if needle in content
    ]


def runs_of(name: str, numbers: list[int]) -> dict[str, tuple[int, ...]]:
    """All readings, three in a row, but for rows that say nothing, like three zeros."""
    rows = [tuple(numbers[at : at + IN_A_ROW]) for at in range(len(numbers) - IN_A_ROW + 1)]
    return {f"{name} from {at}": row for at, row in enumerate(rows) if len(set(row)) == IN_A_ROW}


def secrets_of(run: PackedRun) -> dict[str, tuple[int, ...]]:
    """Windows, later readings, load and PV apart, salts, keys."""
    prepared, needles = run.outcome.prepared, {}
    population = prepared.population
    for row, home in enumerate(population.homes):
        for gate in range(prepared.gates):
            needles |= runs_of(f"window of {home.name}, {gate}", prepared.windows_wh[row, gate].tolist())
        needles |= runs_of(f"net of {home.name}", prepared.reading_wh[row].tolist())
        during = slice(population.first_slot, None)
        needles |= runs_of(f"load of {home.name}", population.readings.load_wh[row, during].tolist())
        needles |= runs_of(f"PV of {home.name}", population.readings.pv_wh[row, during].tolist())
    for (home_row, gate), proof in run.outcome.proofs.items():
        for number, salt in enumerate(proof.salts):
            needles[f"salt {number} of {home_row}, {gate}"] = (salt,)
    for name in (*OPERATORS, *(home.name for home in population.homes)):
        key = account(prepared.streams, name).key
        needles[f"key of {name}"] = (int.from_bytes(key.to_bytes(), "big"),)
    return needles


def public_of(run: PackedRun) -> dict[str, bytes]:
    """Every byte that a stranger gets to see, unpacked as far as it can be."""
    files = dict(read_archive(run.bundle))
    hay = {**files, "terminal": run.printed.encode()}
    hay["transactions"] = b"".join(raw for block in run.outcome.blocks for raw in block.transactions)
    hay["logs"] = b"".join(log.data for sent in run.outcome.sent for log in sent.receipt.logs)
    for name, content in files.items():
        if name.endswith(".csv"):
            columns = pd.read_csv(BytesIO(content), dtype=str)
            hay |= {f"{name}: {column}": ",".join(map(str, columns[column])).encode() for column in columns}
    return hay


@pytest.mark.slow
def test_bundle_terminal_and_chain_hold_no_reading_salt_or_key(proved) -> None:
    needles = secrets_of(proved)
    assert sum(name.startswith("salt") for name in needles) >= 4 * 11
    assert sum(name.startswith("window") for name in needles) > 60
    assert proved.printed
    assert found(needles, public_of(proved)) == []


@pytest.mark.slow
def test_the_search_finds_what_is_there(proved) -> None:
    """In the run's directory, which is the homes' own; in a planted file; and in what is public anyway."""
    needles = secrets_of(proved)
    readings = pd.read_parquet(proved.folder / "forecasts.parquet")["actual_wh"]
    assert found(needles, {"forecasts": ",".join(map(str, readings)).encode()})
    window = next(name for name in needles if name.startswith("window"))
    for what in ("salt 0 of 0, 0", "key of meter", window):
        for planted in writings(needles[what]):
            assert found({what: needles[what]}, {"planted": b"... " + planted + b" ..."})
    instances = {"outputs": tuple(proved.outcome.prepared.outputs[0, 0, :IN_A_ROW].tolist())}
    assert sorted(found(instances, public_of(proved))) == ["outputs in chain.json", "outputs in transactions"]


# Bundles of runs with plug-ins, checked with and without them ---------------------------------------------


FAST = ["--set", "proofs.policy=none", "--set", "chain.backend=revm", "--quiet"]
PLUGIN = ["--plugin", str(MCAFEE)]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mcafee")
    tiny, out, path = ROOT / "scenarios" / "tiny.toml", folder / "run", folder / "run.zip"
    settings = ["--set", "market.mechanism=mcafee", "--set", "market.strategy=truthful"]
    assert main(["run", str(tiny), *settings, *FAST, "--out", str(out), *PLUGIN]) == 0
    assert main(["bundle", str(out), "-o", str(path), "--quiet", *PLUGIN]) == 0
    return path


def verdict(bundle: Path, capsys, *options: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["verify", str(bundle), "--quiet", *options])
    return code, "".join(capsys.readouterr())


def test_with_the_plugin_the_mechanisms_rule_is_checked(bundle: Path, capsys):
    code, said = verdict(bundle, capsys, *PLUGIN)
    assert code == 3  # not proved
    assert "all slots are as mcafee clears them" in said
    assert "\nVERIFIED" in said


def test_without_it_the_rest_is_checked_and_what_is_not_is_said(bundle: Path, capsys):
    code, said = verdict(bundle, capsys)
    assert code == 1
    assert "VERIFIED" not in said
    assert 'CHECKED IN PART, but not the rule of mechanism "mcafee"' in said
    assert f"mcafee.py (sha-256 {read_plugins([MCAFEE])[0].sha256})" in said


def test_another_plugin_of_that_name_is_not_the_runs(bundle: Path, tmp_path: Path, capsys):
    other = tmp_path / "mcafee.py"
    other.write_text(MCAFEE.read_text() + "\n# by somebody else\n")
    code, said = verdict(bundle, capsys, "--plugin", str(other))
    assert code == 1
    assert "CHECKED IN PART" in said


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("rule", "uniform-price", "the contract"),
        ("rule", "none", "no mechanism is called"),
        ("plugins", {}, "no mechanism is called"),
        ("plugins", {"../mcafee.py": "0" * 64}, "should give the sha-256 of each file by its name"),
        ("plugins", {"mcafee.py": "0"}, "should give the sha-256 of each file by its name"),
        ("plugins", {str(i): "0" * 64 for i in range(17)}, "should name at most 16 files"),
    ],
)
def test_a_manifest_cannot_claim_the_rule_away(
    bundle: Path, tmp_path: Path, capsys, field: str, value: object, said: str
):
    files = dict(read_archive(bundle))
    manifest = json.loads(files["manifest.json"])
    (manifest["not_checked"] if field == "plugins" else manifest)[field] = value
    files["manifest.json"] = (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()
    forged = tmp_path / "forged.zip"
    write_archive(forged, files)
    code, report = verdict(forged, capsys)
    assert code in (1, 2)
    assert said in report or (field == "rule" and "NOT VERIFIED" in report)


def test_replay_needs_the_plugin(bundle: Path, capsys):
    assert main(["replay", str(bundle), "--quiet"]) == 2
    assert 'no mechanism is called "mcafee"' in "".join(capsys.readouterr())
    assert main(["replay", str(bundle), "--quiet", *PLUGIN]) == 0
