"""Mutated exports end in a sentence, or in homes with all energy that their cells hold."""

import pytest

from scripts.mutated_imports import bases, mutated, outcome

QUICK, MANY = 50, 600
BASES = bases()


def faults(numbers: range) -> list[str]:
    found = (
        (name, outcome(base, data)) for name, base, data in (mutated(number, BASES) for number in numbers)
    )
    return [f"{name}: {fault}" for name, (_, fault) in found if fault]


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.name)
def test_a_file_as_it_should_be_is_read(base):
    assert outcome(base, base.text.encode()) == ("read", "")


def test_some_mutations():
    assert not faults(range(QUICK))


@pytest.mark.long
def test_many_mutations():
    assert not faults(range(QUICK, MANY))
