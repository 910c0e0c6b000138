"""What a scenario means and what it will cost, before anything is trained or proved.

The number of proofs is exact. Seconds come from a model of unit costs, measured once on two quiet cores and
scaled by how fast this machine computes a pairing today.
"""

from dataclasses import dataclass

from sim.proofs.cost_model import Cost
from sim.proofs.settings import EzklSettings

# Unit costs in seconds on the reference machine, by: zkpet run with the street, tiny and 40-home scenarios.
START_S = 6.0
TRAIN_S_PER_STEP_AND_PARAMETER_SAMPLE = 1.1e-9
TRAIL_PROOF_CPU_S = 0.25
SUBMIT_S = 0.03
SUBMIT_S_PER_PROOF_BYTE = 30e-6
CLEAR_S_PER_HOME_AND_SLOT = 1.2e-3
SUBMIT_GAS, SUBMIT_GAS_PER_PROOF_BYTE, CLEAR_GAS_PER_HOME_AND_SLOT = 400_000, 170, 9_000
FOUNDING_GAS_PER_CIRCUIT, FOUNDING_GAS = 1_400_000, 6_500_000
PAIRING_S = 6.0e-3
"""What a pairing check of two points takes on the reference machine."""


@dataclass(frozen=True)
class Estimate:
    """Predicted work; seconds are of this machine."""

    proofs: int
    circuits: int
    settings: EzklSettings
    cost: Cost
    setup_s: float
    prove_cpu_s: float
    chain_s: float
    wall_s: float
    gas: float
