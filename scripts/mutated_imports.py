"""Mutate exports and import them: ``python -m scripts.mutated_imports [COUNT [FIRST]]``.

Each mutation of a file of meter readings has to end in one sentence, or in homes with all energy that is in
the file's cells: a plain reading of the same cells says how much that is. Nothing else may be raised.
"""

import csv
import io
import random
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sim.errors import InputError
from sim.imports.answers import Answers
from sim.imports.energy import PARTS
from sim.imports.importing import Imported, imported
from sim.imports.numbers import MISSING
from sim.imports.source import text_source
from sim.runtime.progress import Progress

DAYS = 3
MUTATIONS = 2000


@dataclass(frozen=True)
class Base:
    """A file as it should be, and what has to be said to import it.

    energy: titles of columns of energy, by their quantity; "*": all but the first ``keys`` columns
    """

    name: str
    text: str
    separator: str
    decimal: str
    energy: tuple[str, ...]
    answers: Answers
    wh: int = 1000
    counters: bool = False


def bases() -> list[Base]:
    """One of each layout."""
    dice = random.Random(5)
    stamps = [f"2017-06-{1 + h // 24:02} {h % 24:02}:00" for h in range(24 * DAYS)]
    amount = lambda: f"{dice.gammavariate(2, 0.3):.3f}"  # noqa: E731
    wide = [["time", "anna_load_kwh", "anna_pv_kwh", "ben_load_kwh"]]
    wide += [[stamp, amount(), amount(), amount()] for stamp in stamps]
    long = [["meter id", "DateTime", "kWh"]]
    long += [[home, stamp, amount()] for home in ("M1", "M2", "M3") for stamp in stamps]
    hours = [f"{hour}:00" for hour in range(1, 24)] + ["0:00"]
    days = [["customer", "date", "category", *hours]]
    for home in ("1", "2"):
        for day in range(14, 14 + DAYS):
            for category in ("GC", "GG"):
                days.append([home, f"{day}/06/2017", category, *(amount() for _ in hours)])
    german = [["Zeit", "Haus 1 Verbrauch (kWh)", "Haus 2 Verbrauch (kWh)"]]
    for hour in range(24 * DAYS):
        stamp = f"{1 + hour // 24:02}.06.2017 {hour % 24:02}:00"
        german.append([stamp, amount().replace(".", ","), amount().replace(".", ",")])
    sold = [["time", "h1 import kWh", "h1 export kWh", "h1 pv kWh", "h2 import kWh"]]
    sold += [
        [stamp, amount(), f"0.0{dice.randrange(10)}", f"0.{dice.randrange(5, 10)}", amount()]
        for stamp in stamps
    ]
    so_far, counter = [Decimal(1000), Decimal(50)], [["time", "c1 kWh", "c2 kWh"]]
    for stamp in stamps:
        counter.append([stamp, *map(str, so_far)])
        so_far = [each + Decimal(amount()) for each in so_far]
    kwh = Answers(unit="kWh")
    return [
        _base("wide", wide, ",", kwh),
        _base("long", long, ",", kwh, first=2),
        _base("days", days, ",", kwh, first=3),
        _base("german", german, ";", kwh, decimal=","),
        _base("sold", sold, ",", kwh),
        _base("counters", counter, ",", kwh, counters=True),
    ]


def _base(
    name: str, rows: list[list[str]], separator: str, answers: Answers, first: int = 1, decimal: str = ".",
    counters: bool = False,
) -> Base:  # fmt: skip
    return Base(
        name, _text(rows, separator), separator, decimal, tuple(rows[0][first:]), answers, counters=counters
    )


def _text(rows: list[list[str]], separator: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _rows(base: Base) -> list[list[str]]:
    return list(csv.reader(io.StringIO(base.text), delimiter=base.separator))


# Mutations ----------------------------------------------------------------------------------------------

Mutation = Callable[[random.Random, Base], bytes]


def _place(dice: random.Random, data: bytes) -> int:
    """Mostly somewhere below the header."""
    return dice.randrange(len(data)) if dice.random() < 0.2 else dice.randrange(data.index(b"\n"), len(data))


def deleted(dice: random.Random, base: Base) -> bytes:
    """Some bytes gone."""
    data = base.text.encode()
    start = _place(dice, data)
    return data[:start] + data[start + dice.choice((1, 1, 2, 7, 60)) :]


def changed(dice: random.Random, base: Base) -> bytes:
    """Some bytes others."""
    data = bytearray(base.text.encode())
    for _ in range(dice.choice((1, 1, 3))):
        data[_place(dice, bytes(data))] = dice.choice(b'0123456789,;."\n- \tabE+\x00\xff\x80/:')
    return bytes(data)


def inserted(dice: random.Random, base: Base) -> bytes:
    """Some bytes more."""
    data = base.text.encode()
    start = _place(dice, data)
    some = bytes(dice.choice(b'0123456789,;."\n- \teE+\x00\xff/:') for _ in range(dice.choice((1, 1, 2, 8))))
    return data[:start] + some + data[start:]


def swapped_columns(dice: random.Random, base: Base) -> bytes:
    """Two columns in each other's place, titles too."""
    rows = _rows(base)
    one, other = dice.sample(range(len(rows[0])), 2)
    for row in rows:
        row[one], row[other] = row[other], row[one]
    return _text(rows, base.separator).encode()


def cut(dice: random.Random, base: Base) -> bytes:
    """A line that ends early, the file's last one or not."""
    lines = base.text.split("\n")
    place = dice.randrange(1, len(lines) - 1)
    lines[place] = lines[place][: dice.randrange(len(lines[place]))]
    return "\n".join(lines if dice.random() < 0.5 else lines[: place + 1]).encode()


def separated(dice: random.Random, base: Base) -> bytes:
    """Another separator throughout."""
    return _text(_rows(base), dice.choice(";\t|,")).encode()


def huge(dice: random.Random, base: Base) -> bytes:
    """A cell that no reading is, or hardly."""
    rows = _rows(base)
    row = rows[dice.randrange(1, len(rows))]
    large = ("1e9", "1E400", "9" * 30, "-1", "1" + "0" * 400, "4.5e8", "1e-30", "nan", "inf", "0x10", "1_000")
    row[dice.randrange(len(row))] = dice.choice(large)
    return _text(rows, base.separator).encode()


def duplicated(dice: random.Random, base: Base) -> bytes:
    """Rows there twice, somewhere."""
    rows = _rows(base)
    for _ in range(dice.choice((1, 5))):
        rows.insert(dice.randrange(1, len(rows)), list(rows[dice.randrange(1, len(rows))]))
    return _text(rows, base.separator).encode()


def shuffled(dice: random.Random, base: Base) -> bytes:
    """Rows in any order."""
    header, *rows = _rows(base)
    dice.shuffle(rows)
    return _text([header, *rows], base.separator).encode()


KINDS: tuple[Mutation, ...] = (
    deleted, changed, inserted, swapped_columns, cut, separated, huge, duplicated, shuffled,
)  # fmt: skip


# What has to be true --------------------------------------------------------------------------------------


def mutated(number: int, all_bases: list[Base]) -> tuple[str, Base, bytes]:
    """A mutation by its number."""
    dice = random.Random(number)
    base, kind = dice.choice(all_bases), KINDS[number % len(KINDS)]
    return f"{number} {kind.__name__} {base.name}", base, kind(dice, base)


def outcome(base: Base, data: bytes) -> tuple[str, str]:
    """What became of a mutation, "refused" or "read", and its fault, empty where there is none."""
    try:
        one = imported([text_source("mutated.csv", data)], base.answers, Progress(quiet=True))
    except InputError as error:
        sentence = str(error)
        return "refused", "" if sentence.strip() and "\n" not in sentence else "no sentence"
    except Exception:
        return "raised", traceback.format_exc()
    return "read", _fault(one, base, data)


def _fault(one: Imported, base: Base, data: bytes) -> str:
    for quantity, account in one.accounts.items():
        if account.read != account.used + sum(account.left_out.values()):
            return f"{quantity}: what is read is not what is used and left out"
    for home in one.homes:
        if abs(int(home.load_wh.sum()) * PARTS - sum(home.load_of.values())) > PARTS:
            return f"{home.name}: what is written is not what was used"
    if base.counters:
        return ""
    read = sum(account.read for account in one.accounts.values())
    expected = _plain_total(one, base, data)
    if expected is not None and read != expected:
        return f"{read / PARTS:.6f} Wh read, cells hold {expected / PARTS:.6f} Wh"
    return ""


def _plain_total(one: Imported, base: Base, data: bytes) -> int | None:
    """The energy of all cells of energy, by a reader of its own; None where the header is another."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("cp1252")
    lines = [line for line in text.split("\n") if line.strip(" \t;,|")]
    separator = max(";\t|,", key=lambda mark: (lines[0].count(mark), mark != ","))
    header, *rows = csv.reader(lines, delimiter=separator)
    header = [title.strip() for title in header]
    original = next(csv.reader([base.text.split("\n")[0]], delimiter=base.separator))
    if sorted(header) != sorted(original):
        return None
    places = [place for place, title in enumerate(header) if title in base.energy]
    category = header.index("category") if "category" in header else None
    total = Decimal(0)
    for row in rows:
        if len(row) != len(header) and any(
            f"is left out as a footer: {row[0].strip()}" in line for line in one.remarks
        ):
            continue
        if category is not None and row[category].strip().lower() not in ("gc", "gg", "cl"):
            return None
        for place in places:
            cell = row[place].strip()
            if cell.lower() not in MISSING:
                total += Decimal(cell.replace(",", ".") if base.decimal == "," else cell)
    return int((total * base.wh * PARTS).to_integral_value())


def main(words: list[str]) -> int:
    """Print every fault, and how many mutations were refused and read; exit code 1 where there is a fault."""
    count, first = int(words[0]) if words else MUTATIONS, int(words[1]) if words[1:] else 0
    all_bases, counts, faulty = bases(), Counter[str](), 0
    for number in range(first, first + count):
        name, base, data = mutated(number, all_bases)
        try:
            became, fault = outcome(base, data)
        except (InvalidOperation, ValueError, IndexError):
            became, fault = "read", f"read, though a plain reader cannot\n{traceback.format_exc()}"
        counts[became] += 1
        if fault:
            faulty += 1
            print(f"FAULT {name}: {fault}", flush=True)
    print(f"{count:,} mutations: {dict(counts)}, {faulty} faults")
    return min(faulty, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
