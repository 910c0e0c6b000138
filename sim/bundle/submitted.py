"""What a bundle's record holds of proofs, looked at before circuits are made for them.

Circuits are the dearest thing that a bundle asks for, and models are cheaply claimed. So each submission that
a run has must stand there first, signed by its home, with a proof as long as its circuit makes them: whoever
asks for as much work as a run sends as much as a run.
"""

from collections import Counter
from collections.abc import Mapping

from sim.bundle.calls import call_of, opened_block
from sim.bundle.contents import Sources
from sim.chain.accounts import OPERATORS, account
from sim.errors import BundleError
from sim.forecast.model import IntegerModel
from sim.proofs.cost_model import predict_cost, tuned_settings
from sim.proofs.srs import Srs
from sim.simulation.feasibility import explicit_settings
from sim.simulation.preparation import Prepared

_LEAST_SHARE = 0.5
"""Of a proof's predicted length, which is exact to about 1 % up to 3 inner columns, and less so beyond."""


def check_submitted(sources: Sources, prepared: Prepared, srs: Srs) -> None:
    """Raise BundleError where a transaction is none of the seed's accounts', or a home's proof is missing."""
    homes = [home.name for home in prepared.population.homes]
    names = {account(prepared.streams, name).address: name for name in (*OPERATORS, *homes)}
    found = _longest_proofs(sources, names)
    models, cluster_of_home = prepared.model_set.models, prepared.model_set.cluster_of_home
    least = [0] * len(models)
    for home, cluster in zip(homes, cluster_of_home, strict=True):
        least[cluster] = least[cluster] or _least_bytes(prepared, models[cluster], srs)
        for gate in range(prepared.gates):
            if found[home, gate] < least[cluster]:
                raise BundleError(
                    f"the chain has a proof of {found[home, gate]:,} bytes of {home} at gate {gate + 1:,}, "
                    f"where its model's circuit makes them of at least {least[cluster]:,}"
                )


def _longest_proofs(sources: Sources, names: Mapping[bytes, str]) -> Counter[tuple[str, int]]:
    """How long a proof there is by who submitted it at which gate."""
    found: Counter[tuple[str, int]] = Counter()
    for mined in sources.record:
        for each in opened_block(mined.block, names):
            call = call_of(each.data)
            if call is not None and call.function == "submit":
                key = names[each.sender], int(call.arguments["gate"])
                found[key] = max(found[key], len(call.arguments["proof"]))
    return found


def _least_bytes(prepared: Prepared, model: IntegerModel, srs: Srs) -> int:
    limit_wh = prepared.population.connection_limit_wh
    settings = explicit_settings(prepared.scenario) or tuned_settings(model, limit_wh, srs.logrows)
    return int(_LEAST_SHARE * predict_cost(model, settings).proof_bytes)
