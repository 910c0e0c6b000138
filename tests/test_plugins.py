"""A user's own variants, from the files that --plugin names."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sim.cli import main
from sim.errors import InputError
from sim.market.mechanisms import mechanisms
from sim.plugins import loaded_plugins, plugged_in, read_plugins
from sim.schema.file import load_scenario
from sim.study.address import address_of
from tests.runs import ROOT

TINY = ROOT / "scenarios" / "tiny.toml"
HALF_WAY = """
from dataclasses import dataclass

from sim.market.mechanisms import mechanisms
from sim.market.mechanisms.average import Average
from sim.registry import parameter


@mechanisms.register
@dataclass(frozen=True)
class Mine(Average):
    name, meaning, source = "mine", "the double auction under another name", "a test"
    steps: int = parameter(3, "of no effect", "steps", least=1, most=9)
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(HALF_WAY)
    return path


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "wrong.py"
    path.write_text(text)
    return path


def test_a_variant_is_known_for_as_long_as_its_file_is_plugged_in(mine: Path):
    with plugged_in(read_plugins([mine, mine])):
        assert [plugin.name for plugin in loaded_plugins()] == ["mine.py"]
        assert mechanisms.origin("mine") == loaded_plugins()[0].sha256
        assert mechanisms.make("mine", {"steps": 4}).steps == 4
    assert "mine" not in mechanisms
    assert loaded_plugins() == ()


def test_zkpets_own_variants_stay_whoever_imported_them_first(mine: Path):
    text = (
        "import sys; from pathlib import Path; from sim.plugins import plugged_in, read_plugins\n"
        "with plugged_in(read_plugins([Path(sys.argv[1])])): pass\n"
        "from sim.market.mechanisms import mechanisms; print(mechanisms.names)"
    )
    command = [sys.executable, "-c", text, str(mine)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said == f"{mechanisms.names}\n"


def test_a_scenario_alone_executes_nothing(mine: Path, capsys):
    settings = ["--set", "market.mechanism=mine"]
    assert main(["explain", str(TINY), *settings]) == 2
    assert 'no mechanism is called "mine": should be one of' in capsys.readouterr().err
    assert main(["explain", str(TINY), *settings, "--plugin", str(mine)]) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = (", "line 1: SyntaxError"),
        ("\n\nraise RuntimeError('a\\x1bb')", "line 3: RuntimeError: a\\x1bb"),
        (HALF_WAY.replace('"mine", "the', '"average", "the'), "there is a mechanism called"),
        (HALF_WAY.replace("(Average)", ""), "should be a class with Mechanism as its base"),
        (
            HALF_WAY.replace('parameter(3, "of no effect", "steps", least=1, most=9)', "3"),
            "steps should be a parameter(...)",
        ),
        (HALF_WAY + "    name = 7\n", "should say its name, as text"),
        (HALF_WAY + "    name = 'a.b'\n", "should have a name of a-z, 0-9 and -"),
        (HALF_WAY.replace("@dataclass(frozen=True)\n", ""), "should be a frozen dataclass"),
        (
            HALF_WAY.replace("Average", "Mechanism").replace("average", "mechanism"),
            "have clear()",
        ),
        (HALF_WAY.replace("parameter(3", "parameter(30"), "steps = 30 should be between 1 and 9"),
        ("raise SystemExit(0)", "line 1: SystemExit: 0"),
    ],
)
def test_what_cannot_be_loaded_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str):
    plugins = read_plugins([written(tmp_path, text)])
    with pytest.raises(InputError, match=r"--plugin wrong\.py") as refused, plugged_in(plugins):
        pass
    assert said in str(refused.value)
    assert loaded_plugins() == ()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["market.parameters.mine.steps=10"], "steps = 10 should be between 1 and 9"),
        (["market.parameters.mine.steps=1.5"], "steps = 1.5 should be a whole number"),
        (["market.parameters.mine.k=1"], 'mechanism "mine" has no parameter k; it has steps'),
        (["market.parameters.yours.k=1"], 'no mechanism or strategy is called "yours"'),
    ],
)
def test_parameters_are_those_that_the_class_has(mine: Path, settings: list[str], said: str):
    with plugged_in(read_plugins([mine])):
        fine = load_scenario(TINY, ["market.mechanism=mine", "market.parameters.mine.steps=9"])
        assert fine.market.the_mechanism.steps == 9
        with pytest.raises(InputError) as refused:
            load_scenario(TINY, ["market.mechanism=mine", *settings])
    assert said in str(refused.value)


def test_what_a_plugin_holds_is_part_of_a_cells_name(mine: Path):
    scenario, names = load_scenario(TINY), [address_of(load_scenario(TINY))]
    for text in (HALF_WAY, HALF_WAY + "\n"):
        mine.write_text(text)
        with plugged_in(read_plugins([mine])):
            names.append(address_of(scenario))
    assert (len(set(names)), address_of(scenario)) == (3, names[0])


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("engine", ["local", "ray"])
def test_cells_in_workers_have_the_plugin(mine: Path, tmp_path: Path, engine: str):
    if engine == "ray":
        pytest.importorskip("ray")
    study = tmp_path / "study.toml"
    sweep = '\n[sweep]\n"market.mechanism" = ["average", "mine"]\nseeds = 2\n'
    study.write_text(TINY.read_text() + sweep)
    out = tmp_path / "out"
    settings = ["--set", "proofs.policy=none", "--set", "chain.backend=none", "--quiet"]
    command = ["sweep", str(study), "--engine", engine, "--jobs", "2", "--out", str(out), *settings]
    assert main([*command, "--plugin", str(mine)]) == 0
    manifests = [json.loads(path.read_text()) for path in sorted(out.rglob("manifest.json"))]
    assert len(manifests) == 4
    assert {json.dumps(each["plugins"]) for each in manifests} == {
        json.dumps({"mine.py": read_plugins([mine])[0].sha256})
    }
    assert len({each["market_digest"] for each in manifests}) == 2


WRONG = {
    "raise KeyError('k')": "line 17: KeyError: 'k'",
    "return replace(made, fill_wh=made.fill_wh * 1.0)": "line 17: ValueError: fills and payments of slot",
    "book.quantity_wh[:] = 0": "line 17: ValueError: assignment destination is read-only",
    "raise SystemExit(0)": "line 17: SystemExit: 0",
    "return None": "gave no clearing of slot 1",
    "return replace(made, fill_wh=-made.fill_wh)": "gave no clearing of slot",
    "return replace(made, fill_wh=made.fill_wh * 2)": "a fill is beyond its order",
    "return replace(made, fill_wh=made.fill_wh * (book.quantity_wh > 0))": "bought and sold differ",
    "return replace(made, payment=made.payment * 9)": "a payment is beyond a limit",
    "return replace(made, payment=-made.payment)": "a buyer gets, or a seller pays",
    "return replace(made, payment=made.payment * (book.quantity_wh < 0))": "sellers get more than buyers pay",
    "return replace(made, payment=made.payment + 1)": "a home without a fill pays or gets something",
}


@pytest.mark.parametrize("done", WRONG)
def test_a_mechanism_that_breaks_a_rule_is_stopped_in_one_sentence(
    mine: Path, tmp_path: Path, capsys, done: str
):
    clear = f"\n    def clear(self, book):\n        made = super().clear(book)\n        {done}\n"
    text = HALF_WAY.replace("import dataclass\n", "import dataclass, replace\n") + clear
    mine.write_text(text)
    settings = [
        "proofs.policy=none",
        "chain.backend=none",
        "market.mechanism=mine",
        "market.strategy=truthful",
        "forecast.rounds=1",
    ]
    options = [part for setting in settings for part in ("--set", setting)]
    command = ["run", str(TINY), *options, "--out", str(tmp_path / "out"), "--quiet", "--plugin", str(mine)]
    assert main(command) in (1, 2)
    said = capsys.readouterr().err
    assert WRONG[done] in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()
