"""CSV files of every shape: homes, or one sentence."""

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sim.data.csv_file import read_csv
from sim.data.readings import Readings
from tests.data.test_csv_file import day
from tests.fuzz.sentences import read_or_sentence

FUZZ = settings(derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
GOOD = "\n".join(day()) + "\n"
cells = st.text(max_size=15) | st.sampled_from(
    [
        "",
        "nan",
        "inf",
        "-0",
        "1e9",
        "1e99999",
        "0x10",
        "1_000",
        "١٢",
        "9" * 400,
        "1," * 5,
        '"',
        '""',
        "\x00",
        "0.0005",
    ]
)


def read(tmp_path, content: str | bytes) -> Readings | str:
    path = tmp_path / "fuzzed.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return read_or_sentence(lambda: read_csv(path), path)


def test_what_is_not_fuzzed_is_read(tmp_path):
    assert isinstance(read(tmp_path, GOOD), Readings)


@FUZZ
@given(st.binary(max_size=300) | st.text(max_size=300))
@example(b"\xef\xbb\xbf" + GOOD.encode())
@example(GOOD.encode("utf-16"))
@example(GOOD.replace("\n", "\r"))
@example(GOOD.replace("\n", "\n\n"))
@example('time,"' + "x" * 200_000)
@example(GOOD + "\x00")
def test_any_text(tmp_path, content):
    read(tmp_path, content)


@FUZZ
@given(st.integers(0, len(GOOD.encode())), st.integers(0, 40), st.binary(max_size=6))
def test_a_good_file_with_a_piece_cut_or_put_in(tmp_path, place, cut, put):
    content = GOOD.encode()
    read(tmp_path, content[:place] + put + content[place + cut :])


@FUZZ
@given(st.integers(0, 24), st.integers(0, 3), cells)
@example(1, 0, "0001-01-01T00:00")
@example(24, 0, "9999-12-31T23:00")
@example(2, 1, "1e-400")
@example(0, 1, "oak_load_wh_load_wh")
def test_any_cell(tmp_path, line, column, text):
    lines = [row.split(",") for row in day()]
    lines[line][column] = text
    found = read(tmp_path, "\n".join(",".join(row) for row in lines) + "\n")
    if isinstance(found, Readings):
        assert found.load_wh.min() >= 0
        assert found.pv_wh.min() >= 0
