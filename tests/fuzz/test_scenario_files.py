"""Scenario files and settings of every shape: loaded, or refused in one sentence."""

import tomllib
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import tomli_w
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sim.schema.file import load_scenario
from sim.schema.scenario import Scenario
from sim.study.study_file import load_study
from tests.fuzz.sentences import read_or_sentence

TINY = (Path(__file__).parents[2] / "scenarios" / "tiny.toml").read_text(encoding="utf-8")
FUZZ = settings(
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

words = st.text(max_size=12) | st.sampled_from(
    ["", "all", "none", "sample:0.5", "tuned", "off", "../x", "00:00", "zic"]
)
numbers = (
    st.integers()
    | st.sampled_from([0, -1, 2**63, 2**64, -(2**255), 10**400])
    | st.floats()
    | st.decimals(allow_nan=False, allow_infinity=False, places=12)
)
values = st.recursive(
    words | numbers | st.booleans() | st.dates() | st.datetimes() | st.times(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
SECTIONS = {
    name: field.annotation.model_fields
    for name, field in Scenario.model_fields.items()
    if name.islower() and hasattr(field.annotation, "model_fields")
}
fields = st.sampled_from([(section, key) for section, keys in SECTIONS.items() for key in keys])


def loaded(tmp_path: Path, text: str | bytes, *overrides: str) -> Scenario | str:
    path = tmp_path / "fuzzed.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    read_or_sentence(lambda: load_study(path, overrides), path)
    return read_or_sentence(lambda: load_scenario(path, overrides), path)


def test_what_is_not_fuzzed_loads(tmp_path):
    assert isinstance(loaded(tmp_path, TINY), Scenario)


@FUZZ
@given(st.binary(max_size=400) | st.text(max_size=400))
@example(b"\xef\xbb\xbf" + TINY.encode())
@example("name = 'x'\n" + "[" * 3_000)
@example("a = " + "[" * 3_000 + "]" * 3_000)
@example("a." * 3_000 + "b = 1")
@example("name = 'x'\nname = 'y'")
@example("seed = 1" + "0" * 5_000)
@example("seed = 1e" + "9" * 50)
def test_any_text(tmp_path, text):
    loaded(tmp_path, text)


@FUZZ
@given(st.integers(0, len(TINY.encode())), st.integers(0, 60), st.binary(max_size=8))
def test_a_good_file_with_a_piece_cut_or_put_in(tmp_path, place, cut, put):
    text = TINY.encode()
    loaded(tmp_path, text[:place] + put + text[place + cut :])


@FUZZ
@given(fields, values)
@example(("time", "start"), datetime(1, 1, 1))
@example(("time", "start"), date(9999, 12, 31))
@example(("time", "start"), time(1))
@example(("market", "retail"), {"00:00": Decimal("0.2"), "24:00": 1})
@example(("market", "homes"), {"a\nb": {"retail": 0.1}})
@example(("population", "source"), "\x00")
@example(("proofs", "policy"), "sample:0." + "0" * 400 + "1")
@example(("market", "credit_limit"), Decimal("1e-30"))
def test_any_value_in_any_field(tmp_path, field, value):
    document = tomllib.loads(TINY)
    section, key = field
    document.setdefault(section, {})[key] = value
    try:
        text = tomli_w.dumps(document)
    except (ValueError, TypeError):  # what TOML cannot hold
        return
    loaded(tmp_path, text)


@FUZZ
@given(
    st.text(max_size=40)
    | st.tuples(fields, st.text(max_size=30)).map(lambda f: f"{f[0][0]}.{f[0][1]}={f[1]}")
)
@example("=")
@example("time.days")
@example("a.b.c.d=1")
@example("name.x=1")
@example("market.homes.x.retail=1e400")
@example("seed=" + "9" * 5_000)
@example("forecast.hidden=" + "[" * 2_000)
def test_any_setting(tmp_path, setting):
    loaded(tmp_path, TINY, setting)
