"""What a run will cost, before anything is trained or proved.

The number of proofs is exact. Seconds and gas come from unit costs, measured on two quiet cores; seconds are
scaled by how fast this machine multiplies a point of the curve.
"""

import os
import time
from dataclasses import dataclass

import pyrevm

from sim.data.population import Population
from sim.feasibility import nominal_circuit
from sim.forecast.quantised import QuantisedModel
from sim.forecast.windows import past_gates
from sim.proofs.bids import proved_bids
from sim.proofs.cost_model import Cost
from sim.proofs.field import MODULUS
from sim.proofs.settings import EzklSettings
from sim.scenario import Scenario

# Seconds on the reference machine.
START_S = 7.0  # imports, writing tables and figures
TRAINING_START_S = 4.0
TRAINING_S = 1.2e-9  # per home, past gate, parameter and gradient step
POOL_START_S = 2.0
CIRCUIT_CHECKS_S = 0.2  # tuning and commitment checks, beside keys and a trial proof
CHAIN_START_S = 0.1
BID_S = 0.015  # a home's commitment, submission and settlement at a gate
ORDER_S = 0.0025  # a home's order in one slot, from submission to clearing
VERIFY_S, VERIFY_S_PER_BYTE = 0.036, 20e-6
MULTIPLICATION_S = 0.21e-3  # of a point of BN254, which is most of what proving is made of
PROBES = 50

# Gas.
FOUNDING_GAS, VERIFIER_GAS, CIRCUIT_GAS, ENROLMENT_GAS = 4_600_000, 2_600_000, 1_250_000, 145_000
COMMIT_GAS, COMMIT_GAS_PER_HOME = 50_000, 24_500
SUBMIT_GAS, SUBMIT_GAS_PER_SLOT, VERIFY_GAS, VERIFY_GAS_PER_BYTE = 173_000, 7_000, 112_000, 148
CLEAR_GAS, CLEAR_GAS_PER_HOME = 45_000, 12_000
SETTLE_GAS, SETTLE_GAS_PER_HOME = 84_000, 15_300


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


def estimate(scenario: Scenario, population: Population, jobs: int, slowness: float) -> Estimate:
    """What a run will cost; ``slowness`` is this machine's seconds per second of the reference machine."""
    homes, gates = len(population.homes), population.slots // scenario.time.horizon
    model, settings, cost = nominal_circuit(scenario, population)
    proofs = len(proved_bids(scenario, [home.name for home in population.homes], gates))
    models = _models(scenario, homes)
    circuits = models if proofs else 0
    on_chain = proofs if scenario.proofs.policy == "all" else 0
    prove_cpu_s = slowness * proofs * cost.prove_cpu_s
    circuit_s = (
        circuits * (CIRCUIT_CHECKS_S + cost.setup_cpu_s + cost.prove_cpu_s) / min(jobs, max(circuits, 1))
    )
    training_s = TRAINING_START_S + TRAINING_S * _training_work(scenario, population, model)
    setup_s = slowness * (training_s + circuit_s + (POOL_START_S if proofs else 0))
    verify_s = VERIFY_S + VERIFY_S_PER_BYTE * cost.proof_bytes
    orders = homes * population.slots
    chain_s = slowness * (CHAIN_START_S + BID_S * homes * gates + ORDER_S * orders + verify_s * on_chain)
    cores = min(os.cpu_count() or 1, jobs + 1)
    market_s = max(chain_s, prove_cpu_s / jobs, (prove_cpu_s + chain_s) / cores)
    return Estimate(
        proofs=proofs,
        circuits=circuits,
        settings=settings,
        cost=cost,
        setup_s=setup_s,
        prove_cpu_s=prove_cpu_s,
        chain_s=chain_s,
        wall_s=slowness * START_S + setup_s + market_s,
        gas=_gas(scenario, homes, gates, models, cost if on_chain else None),
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


def _models(scenario: Scenario, homes: int) -> int:
    by_training = {"clustered": scenario.forecast.clusters, "local": homes}
    return by_training.get(scenario.forecast.training, 1)


def _training_work(scenario: Scenario, population: Population, model: QuantisedModel) -> float:
    forecast, clock = scenario.forecast, scenario.time
    gates = len(past_gates(population.first_slot, forecast.lookback, clock.horizon, clock.lead))
    steps = forecast.rounds * forecast.local_steps
    return float(len(population.homes)) * gates * model.parameters * steps


def _gas(scenario: Scenario, homes: int, gates: int, models: int, cost: Cost | None) -> int:
    horizon = scenario.time.horizon
    verify = VERIFY_GAS + VERIFY_GAS_PER_BYTE * cost.proof_bytes if cost else 0
    founding = FOUNDING_GAS + ENROLMENT_GAS * homes + (VERIFIER_GAS + CIRCUIT_GAS * models if cost else 0)
    submit = SUBMIT_GAS + SUBMIT_GAS_PER_SLOT * horizon + verify
    clear = CLEAR_GAS + CLEAR_GAS_PER_HOME * homes
    commit_and_settle = COMMIT_GAS + SETTLE_GAS + (COMMIT_GAS_PER_HOME + SETTLE_GAS_PER_HOME) * homes
    return founding + gates * (homes * submit + horizon * clear + commit_and_settle)
