"""What proofs and gas cost each home, as if every bid were proved and on a chain.

Nothing here is measured: a run has the same costs under every proof policy, on every backend, on any machine.
The circuits are those that the run's own models would be compiled to; gas comes from the laws of
sim/costs/gas.py and the orders and fills; proving takes the CPU time that sim/proofs/cost_model.py models, at
the power of a core and the home's own retail price in the slot in which it proves: the one that begins when
the window ends, ``lead`` slots before the first delivery. That energy is not in the readings. Costs recur at
every gate. Each home bears what its own bid causes and an equal share of what all homes need. What is spent
once, for contracts, homes and models, is told apart and charged to nobody; so is training and the making of
keys. Where a bid is refused for want of credit its submission costs as much. More homes than one
contract holds are counted as if one held them.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from sim.arrays import Ints
from sim.costs import sealed_gas
from sim.costs.gas import Proof, founding_gas, gate_books, own_gas, proof_gas, shared_gas
from sim.costs.money import energy_cost, gas_cost, shared_out
from sim.errors import InputError
from sim.market.clearing import Trades
from sim.proofs.cost_model import Cost
from sim.simulation.feasibility import circuit_limit, expected_circuit
from sim.simulation.preparation import Prepared

US_PER_S = 1_000_000
MW_PER_W = 1_000


@dataclass(frozen=True)
class Costs:
    """Modelled costs by home and gate, each of shape (homes, gates).

    gas:          used
    gas_nano:     at the scenario's gas price, nano-$
    energy_nano:  of proving, nano-$
    founding_gas: spent once, by nobody in particular; in none of the above
    """

    gas: Ints
    gas_nano: Ints
    energy_nano: Ints
    founding_gas: int

    @property
    def nano(self) -> Ints:
        """Gas and energy together, shape (homes, gates), nano-$."""
        total: Ints = self.gas_nano + self.energy_nano
        return total


def costs_of(prepared: Prepared, quantity_wh: Ints, trades: Trades) -> Costs | None:
    """The costs of a run with these orders, shape (homes, slots), and what came of them.

    None where no contract checks the mechanism, or no circuit can be set up for the models, so that there is
    nothing to cost. Where costs are charged the latter is an error: raises InputError.
    """
    sealed = prepared.scenario.market.sealed
    if prepared.mechanism.rule is None and not sealed:
        return None
    try:
        circuits = modelled_circuits(prepared)
    except InputError:
        if prepared.scenario.costs.charged:
            raise
        return None
    proofs = [Proof(cost.proof_bytes, cost.key_words) for cost in circuits]
    if sealed:
        gas, founding = _sealed_gas(prepared, proofs)
    else:
        gas, founding = _open_gas(prepared, proofs, quantity_wh, trades)
    return Costs(
        gas=gas,
        gas_nano=gas_cost(gas, prepared.scenario.chain.gas_price),
        energy_nano=_energy_nano(prepared, circuits),
        founding_gas=founding,
    )


def modelled_circuits(prepared: Prepared) -> list[Cost]:
    """The cost of each model's circuit, in the order of models.

    Raises InputError where a circuit cannot be set up.
    """
    limit_wh = circuit_limit(prepared.scenario, prepared.population)
    models = prepared.forecasters.models
    return [expected_circuit(prepared.scenario, model, limit_wh)[1] for model in models]


def _open_gas(prepared: Prepared, proofs: list[Proof], quantity_wh: Ints, trades: Trades) -> tuple[Ints, int]:
    """Gas at gates, shape (homes, gates), and gas spent once."""
    tariffs, rule = prepared.tariffs, prepared.mechanism.checked_by
    horizon, period_of_slot = prepared.scenario.time.horizon, prepared.period_of_slot
    books = gate_books(quantity_wh, trades, horizon, tariffs, period_of_slot, rule)
    gas = own_gas(books, _proving(prepared, proofs, horizon))
    homes, later = len(gas), len(proofs) - prepared.forecasters.clusters
    generators = prepared.population.generators
    once = founding_gas(homes, generators, tariffs, len(proofs), proofs, rule, later)
    return gas + shared_out(shared_gas(books), homes), once


def _sealed_gas(prepared: Prepared, proofs: list[Proof]) -> tuple[Ints, int]:
    """The same of sealed orders."""
    gates, tariffs = sealed_gates(prepared), prepared.tariffs
    gas = sealed_gas.own_gas(gates, _proving(prepared, proofs, 0))
    later = len(proofs) - prepared.forecasters.clusters
    once = sealed_gas.founding_gas(gates, tariffs, proofs, True, later)
    return gas + shared_out(sealed_gas.shared_gas(gates), gates.homes), once


def sealed_gates(prepared: Prepared) -> sealed_gas.SealedGates:
    """What the laws of sealed orders need of a run."""
    market, horizon = prepared.scenario.market, prepared.scenario.time.horizon
    return sealed_gas.SealedGates(
        homes=len(prepared.reading_wh),
        horizon=horizon,
        day_slots=prepared.population.readings.slots_per_day,
        periods=prepared.tariffs.periods,
        settlement=prepared.settlement_period,
        proved=market.settlement == "proved",
    )


def _proving(prepared: Prepared, proofs: list[Proof], outputs: int) -> Ints:
    """Gas of proofs with so many public outputs, shape (homes, gates)."""
    by_model = np.array([proof_gas(proof, outputs) for proof in proofs], dtype=np.int64)
    return by_model[prepared.forecasters.numbers(prepared.gates)]


def _energy_nano(prepared: Prepared, circuits: list[Cost]) -> Ints:
    scenario, tariffs = prepared.scenario, prepared.tariffs
    by_model = np.array([round(cost.prove_cpu_s * US_PER_S) for cost in circuits], dtype=np.int64)
    cpu_us = by_model[prepared.forecasters.numbers(prepared.gates)]
    if scenario.market.sealed:
        gates = sealed_gates(prepared)
        cpu_us = cpu_us + gates.ends * round(gates.settlement_cpu_s * US_PER_S)
    retail = tariffs.retail[:, tariffs.periods_of(_proving_slots(prepared))]
    return energy_cost(cpu_us, round(Decimal(str(scenario.costs.prover_power_w)) * MW_PER_W), retail)


def _proving_slots(prepared: Prepared) -> Ints:
    """The slot in which each gate's proofs are made, counted from the midnight before the run."""
    clock, slot_s = prepared.scenario.time, prepared.population.readings.slot_s
    midnight = clock.start.replace(hour=0, minute=0, second=0)
    first = (clock.start - midnight).seconds // slot_s
    return first - clock.lead + clock.horizon * np.arange(prepared.gates)
