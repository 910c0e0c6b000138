"""Parts with given figures, for tests of what is made of them."""

from sim.bench.part import Part


def part(name: str, **figures: float) -> Part:
    return Part(
        name=name,
        sentence="This against that.",
        columns=("what", "seconds"),
        rows=(("this", 1_234.5), ("that thing", 0.05678), ("neither", None)),
        figures=figures,
        repetitions=3,
        raw={"seconds": [1.0, 2.0]},
        notes=("A note.",),
    )
