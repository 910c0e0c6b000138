"""What a run will cost, before anything is trained or proved.

The number of proofs is exact. Gas comes from the laws of sim/costs/gas.py, seconds from unit costs, measured
on two quiet cores and scaled by how fast this machine multiplies a point of the curve.
"""

import math
import time
from dataclasses import dataclass

import numpy as np
import pyrevm

from sim.chain.backends import backends
from sim.chain.bounds import ORDERS_PER_WORD
from sim.costs import sealed_gas
from sim.costs.gas import GateBooks, Proof, founding_gas, own_gas, proof_gas, shared_gas
from sim.costs.sealed_gas import SealedGates
from sim.data.population import Population, gate_inputs
from sim.forecast.model import IntegerModel
from sim.forecast.windows import history_slots, past_gates
from sim.market.sealed import settlement_periods
from sim.proofs.bids import proved_bids
from sim.proofs.cost_model import Cost
from sim.proofs.field import MODULUS
from sim.proofs.settings import EzklSettings
from sim.runtime.cores import CORES
from sim.schema.scenario import Scenario
from sim.simulation.feasibility import home_tariffs, nominal_circuit, run_trainings

# Seconds on the reference machine.
START_S = 7.0  # imports, writing tables and figures
TRAINING_START_S = 4.0  # imports
CELL_S = 0.3  # a cell of a sweep, in a process that has started: its homes, its tables
TRAINING_S = 1.2e-9  # per home, past gate, parameter and gradient step
POOL_START_S = 2.0
CIRCUIT_CHECKS_S = 0.2  # tuning and commitment checks, beside keys and a trial proof
CHAIN_START_S = 0.1
BID_S = 0.008  # a home's commitment, submission and settlement at a gate
ORDER_S = 0.0014  # a home's order in one slot, from submission to clearing
VERIFY_S, VERIFY_S_PER_BYTE = 0.020, 11e-6
MULTIPLICATION_S = 0.21e-3  # of a point of BN254, which is most of what proving is made of
PROBES = 50

SALES_PER_ORDER = 0.1
"""A guess: which share of orders sells anything."""


@dataclass(frozen=True)
class Estimate:
    """Predicted work; seconds are of this machine with ``jobs`` provers.

    proofs: exact; circuits: as many as models, 0 where nothing is proved
    """

    proofs: int
    circuits: int
    settings: EzklSettings
    cost: Cost
    setup_s: float
    prove_cpu_s: float
    chain_s: float
    wall_s: float
    gas: int


def estimate(
    scenario: Scenario,
    population: Population,
    jobs: int,
    slowness: float,
    *,
    in_sweep: bool = False,
    is_made: bool = False,
) -> Estimate:
    """What a run will cost.

    slowness: this machine's seconds per second of the reference machine
    in_sweep: whether it is a cell's, in a process that has started
    is_made:  whether models, circuits and proofs were made before, and are stored
    """
    homes, gates = len(population.homes), population.slots // scenario.time.horizon
    model, settings, cost = nominal_circuit(scenario, population)
    names = [home.name for home in population.homes]
    bids = len(proved_bids(scenario.seed, scenario.proofs.sample_share, names, gates))
    proofs = 0 if is_made else bids
    models = scenario.forecast.models(homes) * len(run_trainings(scenario, population))
    circuits = models if proofs else 0
    on_chain = bids if scenario.proofs.policy == "all" else 0
    prove_cpu_s = slowness * proofs * cost.prove_cpu_s
    if on_chain and scenario.market.sealed:
        sealed = _sealed_gates(scenario, population)
        settled = homes * int(sealed.ends.sum())
        prove_cpu_s += slowness * settled * sealed.settlement_cpu_s * (not is_made)
    circuit_s = (
        circuits * (CIRCUIT_CHECKS_S + cost.setup_cpu_s + cost.prove_cpu_s) / min(jobs, max(circuits, 1))
    )
    start_s, training_start_s = (CELL_S, 0.0) if in_sweep else (START_S, TRAINING_START_S)
    training_s = training_start_s + TRAINING_S * _training_work(scenario, population, model)
    setup_s = slowness * ((0.0 if is_made else training_s) + circuit_s + (POOL_START_S if proofs else 0))
    verify_s = VERIFY_S + VERIFY_S_PER_BYTE * cost.proof_bytes
    orders = homes * population.slots
    chain_s = CHAIN_START_S + BID_S * homes * gates + ORDER_S * orders + verify_s * on_chain
    chain_s *= slowness * backends[scenario.chain.backend].time_share
    cores = min(CORES, jobs + 1)
    market_s = max(chain_s, prove_cpu_s / jobs, (prove_cpu_s + chain_s) / cores)
    return Estimate(
        proofs=proofs,
        circuits=circuits,
        settings=settings,
        cost=cost,
        setup_s=setup_s,
        prove_cpu_s=prove_cpu_s,
        chain_s=chain_s,
        wall_s=slowness * start_s + setup_s + market_s,
        gas=_gas(scenario, population, models, cost if on_chain else None) if scenario.chain.executes else 0,
    )


def slowness_of_this_machine() -> float:
    """Seconds this machine takes for what takes the reference machine one: the best of a few probes."""
    evm = pyrevm.EVM(gas_limit=10**9)
    generator_times_scalar = b"".join(n.to_bytes(32, "big") for n in (1, 2, MODULUS - 2))
    times = []
    for _ in range(PROBES):
        began = time.perf_counter()
        evm.message_call("0x" + "11" * 20, f"0x{7:040x}", calldata=generator_times_scalar, gas=10**9)
        times.append(time.perf_counter() - began)
    return min(times) / MULTIPLICATION_S


def _training_work(scenario: Scenario, population: Population, model: IntegerModel) -> float:
    forecast = scenario.forecast
    most = history_slots(forecast.history_days, population.readings.slots_per_day)
    inputs, begin = gate_inputs(scenario, population.readings), run_trainings(scenario, population)
    slots = (population.first_slot + gate * scenario.time.horizon for gate in begin)
    past = sum(len(past_gates(inputs, slot, most)) for slot in slots)
    if forecast.model_family.reads_file:
        return 0.0
    steps = 1 if forecast.model_family.solves else forecast.rounds * forecast.local_steps
    return float(len(population.homes)) * past * model.parameters * steps


def _gas(scenario: Scenario, population: Population, models: int, cost: Cost | None) -> int:
    homes, horizon = len(population.homes), scenario.time.horizon
    gates, tariffs = population.slots // horizon, home_tariffs(scenario, population)
    proof = Proof(cost.proof_bytes, cost.key_words) if cost else None
    if scenario.market.sealed:
        return _sealed_gas(_sealed_gates(scenario, population), scenario, population, models, proof)
    one_home_at_a_gate = GateBooks(
        horizon=horizon,
        day_slots=len(tariffs.period_of_day_slot),
        periods=tariffs.periods,
        rule=scenario.market.the_mechanism.checked_by,
        settlements=np.array([min(tariffs.periods, horizon)]),
        order_words=np.array([[math.ceil(horizon / ORDERS_PER_WORD)]]),
        orders=np.array([[horizon]]),
        sales=np.array([[round(horizon * SALES_PER_ORDER)]]),
        payments=np.array([[round(2 * horizon * SALES_PER_ORDER)]]),
        pairs=np.array([[homes * horizon]]),
    )
    own = int(own_gas(one_home_at_a_gate, np.array([[proof_gas(proof, horizon)]])).sum())
    shared = int(shared_gas(one_home_at_a_gate).sum())
    proofs = [proof] * models if proof else []
    later = models - scenario.forecast.models(homes)
    rule = one_home_at_a_gate.rule
    founding = founding_gas(homes, population.generators, tariffs, models, proofs, rule, later)
    return founding + gates * (homes * own + shared)


def _sealed_gas(
    gates: SealedGates, scenario: Scenario, population: Population, models: int, proof: Proof | None
) -> int:
    tariffs = home_tariffs(scenario, population)
    carried = np.full((gates.homes, len(gates.settlement)), proof_gas(proof, 0, sealed_gas.PLACEHOLDER))
    proofs, later = [proof or sealed_gas.PLACEHOLDER] * models, models - scenario.forecast.models(gates.homes)
    founding = sealed_gas.founding_gas(gates, tariffs, proofs, proof is not None, later)
    return founding + int(sealed_gas.own_gas(gates, carried).sum() + sealed_gas.shared_gas(gates).sum())


def _sealed_gates(scenario: Scenario, population: Population) -> SealedGates:
    market, horizon, per_day = scenario.market, scenario.time.horizon, population.readings.slots_per_day
    return SealedGates(
        homes=len(population.homes),
        horizon=horizon,
        day_slots=per_day,
        periods=home_tariffs(scenario, population).periods,
        settlement=settlement_periods(population.slots, market.settlement_days, per_day, horizon),
        proved=market.settlement == "proved",
    )
