"""The resolved scenario, its homes, and what a run of it will cost, for the terminal."""

from sim.costs.estimate import estimate, slowness_of_this_machine
from sim.data.gap_record import OUTDOORS, by_home, sentences
from sim.data.population import Population, as_run, build_population
from sim.runtime.wording import counted, money
from sim.schema.scenario import Scenario, unit_of
from sim.seeds import Streams
from sim.simulation.feasibility import check_feasible, check_trainable, circuit_form
from sim.simulation.notices import notices, paragraph

MOST_LACKING = 20
"""Homes with gaps that are shown."""


def explanation(scenario: Scenario, jobs: int) -> str:
    """The resolved scenario with units, and its cost. Raises InputError as a run would, before training."""
    population = build_population(scenario, Streams(scenario.seed))
    scenario = as_run(scenario, population)
    check_feasible(scenario, population)
    check_trainable(scenario, population)
    return "\n".join(
        [
            *resolved(scenario),
            "",
            *_homes(population),
            "",
            *_gaps(population),
            *paragraph(notices(scenario, population)),
            *_costs(scenario, population, jobs),
        ]
    )


def resolved(scenario: Scenario) -> list[str]:
    """Every line of the resolved scenario with its field's unit."""
    section, lines = "", []
    for line in scenario.to_toml().rstrip().splitlines():
        if line.startswith("["):
            section = line.strip("[]").partition(".")[0]
        unit = unit_of(section, line.partition(" =")[0])
        lines.append(f"{line}  # {unit}" if unit and not line.endswith("[") else line)
    return lines


def _homes(population: Population) -> list[str]:
    with_pv = sum(home.has_pv for home in population.homes)
    period = f"{counted(population.slots, 'slot')} of {_length(population)}"
    lines = [f"homes: {len(population.homes)}, {with_pv} with PV; {period}"]
    width = max(len(home.name) for home in population.homes)
    return lines + [f"  {home.name:<{width}}  {home.note}" for home in population.homes]


def _gaps(population: Population) -> list[str]:
    """What was missing, home by home; nothing where nothing was."""
    if population.gaps is None:
        return []
    rows = by_home(population.gaps.rows).to_dict("records")
    width = max(len(row["home"] or OUTDOORS) for row in rows[:MOST_LACKING])
    lines = ["gaps:", *(f"  {sentence}" for sentence in sentences(population.gaps.facts()))]
    for row in rows[:MOST_LACKING]:
        lacks = f"{counted(row['gaps'], 'gap')}, {counted(row['slots'], 'reading')}"
        became = f"longest {counted(row['longest'], 'slot')}, {row['filled_slots']:,} filled: {row['became']}"
        lines.append(f"  {row['home'] or OUTDOORS:<{width}}  {lacks}, {became}")
    more = len(rows) - MOST_LACKING
    return [*lines, *([f"  and {counted(more, 'home')} that lack fewer"] if more > 0 else []), ""]


def _length(population: Population) -> str:
    minutes = population.readings.slot_s // 60
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def _costs(scenario: Scenario, population: Population, jobs: int) -> list[str]:
    expected = estimate(scenario, population, jobs, slowness_of_this_machine())
    gas_cost = money(expected.gas * scenario.chain.gas_price)
    proofs, circuits = f'policy "{scenario.proofs.policy}"', ""
    if expected.proofs:
        settings, cost = expected.settings, expected.cost
        proofs += f", about {cost.proof_bytes:,} bytes each"
        form, base = circuit_form(scenario), f"{settings.decomp_base}^{settings.decomp_legs}"
        checked = "nothing looked up" if form.sealed else f"values below {base}"
        circuits = f"2^{settings.logrows} rows, {checked}, {form.salts(settings)} salts"
    return [
        "cost:",
        _cost("proofs", f"{expected.proofs:,}", proofs),
        _cost("circuits", f"{expected.circuits:,}", circuits),
        _cost("proving", f"{expected.prove_cpu_s:,.1f}", "CPU-s"),
        _cost("chain", f"{expected.chain_s:,.1f}", f"s, {expected.gas / 1e6:,.1f} M gas, {gas_cost}"),
        _cost(
            "wall time",
            f"{expected.wall_s:,.1f}",
            f"s with --jobs {jobs}, {expected.setup_s:.1f} s of it set-up",
        ),
    ]


def _cost(name: str, figure: str, remark: str) -> str:
    return f"  {name:<10} {figure:>8}   {remark}".rstrip()
