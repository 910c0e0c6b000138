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
    if prepared.mechanism.rule is None:
        return None
    try:
        circuits = modelled_circuits(prepared)
    except InputError:
        if prepared.scenario.costs.charged:
            raise
        return None
    gas = _gas(prepared, circuits, quantity_wh, trades)
    proofs = [Proof(cost.proof_bytes, cost.key_words) for cost in circuits]
    return Costs(
        gas=gas,
        gas_nano=gas_cost(gas, prepared.scenario.chain.gas_price),
        energy_nano=_energy_nano(prepared, circuits),
        founding_gas=founding_gas(
            len(gas),
            prepared.population.generators,
            prepared.tariffs,
            len(proofs),
            proofs,
            prepared.mechanism.checked_by,
            len(proofs) - prepared.forecasters.clusters,
        ),
    )


def modelled_circuits(prepared: Prepared) -> list[Cost]:
    """The cost of each model's circuit, in the order of models.

    Raises InputError where a circuit cannot be set up.
    """
    limit_wh = circuit_limit(prepared.scenario, prepared.population)
    models = prepared.forecasters.models
    return [expected_circuit(prepared.scenario, model, limit_wh)[1] for model in models]


def _gas(prepared: Prepared, circuits: list[Cost], quantity_wh: Ints, trades: Trades) -> Ints:
    horizon, tariffs = prepared.scenario.time.horizon, prepared.tariffs
    rule = prepared.mechanism.checked_by
    books = gate_books(quantity_wh, trades, horizon, tariffs.periods, prepared.period_of_slot, rule)
    by_model = [proof_gas(Proof(cost.proof_bytes, cost.key_words), horizon) for cost in circuits]
    proving = np.array(by_model, dtype=np.int64)[prepared.forecasters.numbers(prepared.gates)]
    return own_gas(books, proving) + shared_out(shared_gas(books), len(quantity_wh))


def _energy_nano(prepared: Prepared, circuits: list[Cost]) -> Ints:
    scenario, tariffs = prepared.scenario, prepared.tariffs
    by_model = np.array([round(cost.prove_cpu_s * US_PER_S) for cost in circuits], dtype=np.int64)
    cpu_us = by_model[prepared.forecasters.numbers(prepared.gates)]
    retail = tariffs.retail[:, tariffs.periods_of(_proving_slots(prepared))]
    return energy_cost(cpu_us, round(Decimal(str(scenario.costs.prover_power_w)) * MW_PER_W), retail)


def _proving_slots(prepared: Prepared) -> Ints:
    """The slot in which each gate's proofs are made, counted from the midnight before the run."""
    clock, slot_s = prepared.scenario.time, prepared.population.readings.slot_s
    midnight = clock.start.replace(hour=0, minute=0, second=0)
    first = (clock.start - midnight).seconds // slot_s
    return first - clock.lead + clock.horizon * np.arange(prepared.gates)
