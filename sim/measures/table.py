"""The table of measures, section by section: adding a measure is one row.

A finished run's summary holds the value of every row. Studies take those that are numbers, with standard
errors and intervals; reports, figures, bundles, the terminal and docs/measures.md read the rest of the row.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np

from sim.arrays import Ints
from sim.forecast.baselines import REPORTED
from sim.market.mechanisms.sharing import SHARING_RULES, SharingRule
from sim.measures import outcomes
from sim.measures.daily import totals
from sim.measures.distribution import gini, jain, peak_import_w, power_flatness, price_volatility
from sim.measures.forecasts import best_baseline, mae_wh, mase, rounding_cost_nano
from sim.measures.measure import Daily, Measure, Unit
from sim.outputs.attacks import attempts
from sim.outputs.outcome import Outcome
from sim.units import NANO, NANO_PER_WH_PER_DOLLAR_PER_KWH, WH_PER_KWH, share

TEXT, COUNT, YES_OR_NO = Unit("text"), Unit("count"), Unit("yes or no")
SHARE = Unit("share", decimals=2)
PERCENT = Unit("share", "%", 0.01, 1)
FINE_WH = Unit("Wh", "Wh", decimals=2)
WH, KWH = Unit("Wh", "Wh"), Unit("Wh", "kWh", WH_PER_KWH, 1)
MONEY = Unit("nano-$", "$", NANO, 2)
FINE_MONEY = replace(MONEY, decimals=6)
PER_HOME_DAY = Unit("nano-$ per home and day", "$ per home and day", NANO, 4)
PRICE = Unit("nano-$ per Wh", "$/kWh", NANO_PER_WH_PER_DOLLAR_PER_KWH, 3)
POWER = Unit("W", "kW", WH_PER_KWH, 1)
GAS_PRICE = Unit("nano-$ per gas", "nano-$ per gas", decimals=1)
GAS, THOUSAND_GAS = Unit("gas", "gas"), Unit("gas", "thousand gas", 1_000, 1)
SECONDS, CPU_S = Unit("s", "s", decimals=1), Unit("CPU-s", "CPU-s", decimals=1)

SAVING = "bill_grid_only_nano - bill_nano + charges_nano"
ZHOU = "named by Zhou, Wu and Long, Applied Energy 222, 2018, 993-1022; the formula is this project's"
EFFICIENCY = (
    "Smith, Journal of Political Economy 70(2), 1962; Gode and Sunder, ibid. 101(1), 1993, on efficiency"
)


# fmt: off
def _sharing(rule: SharingRule) -> list[Measure]:
    """What a sharing rule after the fact would have come to."""
    def savings(outcome: Outcome) -> Ints:
        saved: Ints = outcome.accounts.grid_only.sum(axis=1) - outcome.shared[rule.name]
        return saved

    return [
        Measure(f"saving_{rule.key}", lambda run: int(savings(run).sum()), MONEY, f"saving, {rule.name}",
                f'had readings been shared after the fact by "{rule.name}"', private=True, detail=True),
        Measure(f"worse_off_{rule.key}", lambda run: int(np.count_nonzero(savings(run) < 0)), COUNT,
                f"worse off, {rule.name}", "they would then have paid more than without the market",
                private=True, detail=True),
        Measure(f"gini_{rule.key}", lambda run: gini(savings(run)), SHARE, f"Gini, {rule.name}",
                "of what homes would then have saved", private=True, detail=True),
    ]


def _baselines() -> list[Measure]:
    return [
        Measure(f"{key}_mae_wh", Daily(f"{key}_abs_error_wh", "readings"), WH, f"error of {said}",
                f"the same, of {said} at each slot's time of day", private=True, detail=True)
        for key, said in REPORTED.items() if key != "persistence"
    ]


OF_CHEATS = "Attempts to cheat"
SECTIONS: dict[str, list[Measure]] = {
    "The run": [
        Measure("scenario", lambda run: run.prepared.scenario.name, TEXT, "scenario",
                "the scenario's name", bundled=True),
        Measure("seed", lambda run: run.prepared.scenario.seed, COUNT, "seed",
                "all randomness comes from it", bundled=True),
        Measure("proof_policy", lambda run: run.prepared.scenario.proofs.policy, TEXT, "proof policy",
                "which bids were proved", bundled=True),
        Measure("chain_backend", lambda run: run.prepared.scenario.chain.backend, TEXT, "chain backend",
                "what executed the contracts"),
        Measure("mechanism", lambda run: run.prepared.scenario.market.mechanism, TEXT, "mechanism",
                "how slots were cleared"),
        Measure("orders_were", lambda run: run.prepared.scenario.market.orders, TEXT, "orders were",
                "open or sealed: whether quantities are public"),
        Measure("agents", lambda run: len(run.prepared.population.homes), COUNT, "homes",
                "the homes of the community", bundled=True),
        Measure("agents_with_pv", lambda run: sum(home.has_pv for home in run.prepared.population.homes),
                COUNT, "homes with PV", "that may sell"),
        Measure("clusters", lambda run: run.prepared.forecasters.clusters, COUNT, "clusters",
                "models trained, each for some of the homes", bundled=True),
        Measure("gates", lambda run: run.prepared.gates, COUNT, "gates",
                "at which bids close", bundled=True),
        Measure("slots", lambda run: run.prepared.population.slots, COUNT, "slots",
                "markets that were cleared", bundled=True),
        Measure("costs_charged", lambda run: run.accounts.charged, YES_OR_NO, "costs charged",
                "whether bills hold what proofs and gas cost"),
    ],
    "Trade": [
        Measure("orders", Daily("orders"), COUNT, "orders",
                "accepted: one per home and slot, unless the forecast is zero", of_orders=True,
                bundled=True, detail=True),
        Measure("orders_rejected",
                lambda run: int(np.count_nonzero(run.scheduled_wh) - np.count_nonzero(run.quantity_wh)),
                COUNT, "orders rejected", "refused by the contract", detail=True),
        Measure("trades", Daily("trades"), COUNT, "trades",
                "orders filled, in whole or in part; each against the pool", of_orders=True,
                bundled=True, detail=True),
        Measure("traded_wh", Daily("traded_wh"), KWH, "energy traded",
                "bought, which is as much as was sold", of_orders=True, bundled=True, detail=True),
        Measure("traded_without_sun_wh", Daily("traded_without_sun_wh"), KWH, "traded without sun",
                "in slots in which nobody's PV gave anything", private=True, detail=True),
        Measure("mean_price", Daily("paid_nano", "traded_wh"), PRICE, "mean price",
                "what buyers pay, weighted by the energy traded", of_orders=True, bundled=True, panel=4),
        Measure("surplus", Daily("surplus_nano"), MONEY, "surplus",
                "what buyers pay beyond what sellers get, which goes to the utility; of net-price, what it "
                "is paid for what is left over", bundled=True, detail=True),
        Measure("price_volatility", price_volatility, PRICE, "price volatility",
                "standard deviation of slot prices, weighted by the energy traded", of_orders=True,
                bundled=True, stated="√(ΣE·p² / ΣE - (ΣE·p / ΣE)²)", detail=True),
        Measure("allocative_efficiency", Daily("welfare_nano", "welfare_best_nano"), PERCENT,
                "allocative efficiency",
                "gains from trade of the fills over the most that the orders allowed, "
                "both valued at the tariffs", EFFICIENCY, of_orders=True, bundled=True, panel=3),
        Measure("delivered_share", Daily("sold_backed_wh", "sold_wh"), PERCENT, "delivered share",
                "of the energy sold, what sellers really had to spare", private=True),
    ],
    "Bills": [
        Measure("community_bill", Daily("bill_nano"), MONEY, "community bill",
                "what all homes pay together, with the market", private=True, detail=True),
        Measure("community_bill_grid_only", Daily("bill_grid_only_nano"), MONEY, "bill without market",
                "what they would pay at the utility's tariffs alone", private=True, detail=True),
        Measure("community_bill_foresight", Daily("bill_foresight_nano"), MONEY, "bill with foresight",
                "what they would pay if every forecast were right", private=True, detail=True),
        Measure("community_bill_persistence", Daily("bill_persistence_nano"), MONEY, "bill with persistence",
                "what they would pay if every home forecast its day before", private=True, detail=True),
        Measure("saving", Daily(SAVING), MONEY, "community saving",
                "against no market, before charges for proofs and gas", private=True, detail=True),
        Measure("saving_per_home_day", Daily(SAVING, "homes"), PER_HOME_DAY, "saving",
                "the same, of a home on a day", private=True),
        Measure("savings_share",
                Daily("bill_grid_only_nano - bill_nano", "bill_grid_only_nano - bill_foresight_nano"),
                replace(PERCENT, of="of foresight's"), "savings share",
                "of what perfect foresight would have saved; with one tariff for all a sharing rule after "
                "the fact reaches 100 % without a forecast", private=True, panel=1),
        Measure("homes_worse_off", lambda run: int(np.count_nonzero(run.accounts.saving < 0)), COUNT,
                "homes worse off", "they pay more than without the market", stated="#(x < 0)",
                private=True, panel=5),
    ],
    "Losses": [
        Measure("most_saving", Daily("most_saving_nano"), MONEY, "most that could be saved",
                "were every reading known before, and all gains from trade taken", private=True, detail=True),
        Measure("loss_mechanism",
                Daily("most_saving_nano - bill_grid_only_nano + bill_foresight_nano - charges_nano"), MONEY,
                "lost by the mechanism", "of it, with right forecasts and orders at outside options",
                private=True, detail=True),
        Measure("loss_forecast", Daily("bill_truthful_nano - bill_foresight_nano"), MONEY,
                "lost by forecasts", "on top of that, with the models' forecasts", private=True, detail=True),
        Measure("loss_strategy", Daily("bill_nano - bill_truthful_nano"), MONEY, "lost by strategies",
                "on top of these, with the orders that were made, refused or void; the three losses and the "
                "saving sum to the most that could be saved", private=True, detail=True),
        Measure("sealing_gap", outcomes.sealing_gap, FINE_MONEY, "gap of sealed orders",
                "what homes pay more with sealed orders at the circuit's scale than with the same in whole "
                "Wh, none refused or void", private=True, detail=True),
        Measure("sealing_remainder", outcomes.sealing_remainder, Unit("nano-$", "nano-$", decimals=1),
                "remainders", "what bills of sealed orders, rounded down, leave to the utility: less than a "
                "nano-$ per home and settlement period", detail=True),
    ],
    "Accounts": [
        Measure("gain_homes", Daily("bill_grid_only_nano - bill_nano"), MONEY, "homes gain",
                "against no market, after charges for proofs and gas", private=True, detail=True),
        Measure("gain_utility", Daily("utility_nano - bill_grid_only_nano"), MONEY, "utility gains",
                "against no market; summed from tariffs, fees and surplus, not from bills", private=True,
                detail=True),
        Measure("gain_operators", Daily("charges_nano - cost_nano"), MONEY, "operators gain",
                "who prove and run the chain: what homes are charged less what it costs", detail=True),
        Measure("gain_society", Daily("utility_nano - bill_nano + charges_nano - cost_nano"), MONEY,
                "society gains",
                "homes, utility and operators together: as load does not answer to prices, the costs alone",
                private=True, detail=True),
    ],
    "Distribution": [
        Measure("gini_saving", lambda run: gini(run.accounts.saving), SHARE, "Gini of savings",
                "0 where all homes save the same; may exceed 1 where some lose; empty where together they "
                "save nothing or lose", "Gini, 1912", stated="Σ|xᵢ - xⱼ| / (2n Σx)", private=True,
                detail=True),
        Measure("jain_saving", lambda run: jain(run.accounts.saving), SHARE, "Jain index of savings",
                "1 where all homes save the same",
                "Jain, Chiu and Hawe, DEC Research Report TR-301, 1984", stated="(Σx)² / (n Σx²)",
                private=True, detail=True),
        Measure("worst_saving", lambda run: int(run.accounts.saving.min()), MONEY, "saving, worst-off home",
                "the least that a home saves", stated="min x", private=True, detail=True),
    ],
    "Sharing after the fact": [row for rule in SHARING_RULES for row in _sharing(rule)],
    "Energy": [
        Measure("self_consumption_behind_meter", Daily("used_behind_meter_wh", "pv_wh"), PERCENT,
                "self-consumption, each home",
                "of what PV gives, what its home uses in the same slot; empty of net meters",
                private=True, detail=True),
        Measure("self_consumption", Daily("used_in_community_wh", "pv_wh"), PERCENT,
                "self-consumption, community",
                "of what PV gives, what some home uses in the same slot; empty of net meters",
                private=True, detail=True),
        Measure("self_sufficiency_behind_meter", Daily("used_behind_meter_wh", "load_wh"), PERCENT,
                "self-sufficiency, each home",
                "of what homes consume, what their own PV gives in the same slot; empty of net meters",
                private=True, detail=True),
        Measure("self_sufficiency", Daily("used_in_community_wh", "load_wh"), PERCENT,
                "self-sufficiency, community",
                "of what homes consume, what some home's PV gives in the same slot; empty of net meters",
                ZHOU, private=True, detail=True),
        Measure("imported_wh", Daily("imported_wh"), KWH, "imports",
                "what all homes together take from the grid", private=True, detail=True),
        Measure("exported_wh", Daily("exported_wh"), KWH, "exports",
                "what all homes together give to the grid", private=True, detail=True),
        Measure("peak_import_w", peak_import_w, POWER, "peak import",
                "the most that they take together in a slot, as mean power",
                stated="max N / hours of a slot", private=True, detail=True),
    ],
    "Indices of sharing": [
        Measure("value_tapping", Daily(SAVING, "most_saving_nano"), PERCENT,
                "value tapping", "the saving over the most that could be saved", ZHOU, private=True,
                detail=True),
        Measure("participation_willingness", outcomes.not_worse_off, PERCENT, "participation willingness",
                "of homes, those that are not worse off", ZHOU, stated="#(x ≥ 0) / n",
                private=True, detail=True),
        Measure("equality", outcomes.equality, SHARE, "equality", "1 less the Gini of savings", ZHOU,
                stated="1 - Gini", private=True, detail=True),
        Measure("energy_balance", Daily("net_wh - imported_wh - exported_wh", "net_wh"), PERCENT,
                "energy balance", "of what homes exchange with the grid, what they exchange among each other",
                ZHOU, private=True, detail=True),
        Measure("power_flatness", power_flatness, PERCENT, "power flatness",
                "mean over peak of the community's exchange with the grid", ZHOU, stated="mean |N| / max |N|",
                private=True, detail=True),
    ],
    "Forecasts": [
        Measure("forecast_mae_wh", Daily("forecast_abs_error_wh", "readings"), WH, "forecast error",
                "mean absolute error per home and slot", private=True, panel=2),
        Measure("persistence_mae_wh", Daily("persistence_abs_error_wh", "readings"), WH, "persistence error",
                "the same, of forecasts that repeat a home's day before, or, within a day, its last reading",
                private=True),
        *_baselines(),
        Measure("best_baseline", lambda run: best_baseline(run.prepared), TEXT, "best baseline",
                "the forecast without a model that misses least", private=True),
        Measure("best_baseline_mae_wh", lambda run: mae_wh(run.prepared, best_baseline(run.prepared)), WH,
                "best baseline's error", "mean absolute error of the forecast without a model that misses "
                "least, known in hindsight", private=True),
        Measure("forecast_bias_wh", Daily("forecast_error_wh", "readings"), WH, "forecast bias",
                "mean of forecast less reading; negative where too little is bought or too much sold",
                private=True),
        Measure("forecast_mase", mase, SHARE, "scaled error (MASE)",
                "mean absolute error over that of repeating the day before in the history",
                "Hyndman & Koehler, International Journal of Forecasting 22(4), 2006", private=True),
        Measure("rounding_mean_wh", lambda run: outcomes.rounding(run, np.mean), FINE_WH,
                "model rounding, mean",
                "how far forecasts in integers are from those of forecast.model's file, on average",
                private=True, detail=True),
        Measure("rounding_most_wh", lambda run: outcomes.rounding(run, np.max), FINE_WH,
                "model rounding, most",
                "the same at the slot where it is largest", private=True, detail=True),
        Measure("proof_slack_wh", lambda run: max(model.slack / 2.0**model.output_scale
                                                  for model in run.prepared.forecasters.models),
                FINE_WH, "slack of proofs", "the most that a proof lets a forecast be from the registered "
                "model's; 0 where circuits round nothing", detail=True),
        Measure("rounding_cost", rounding_cost_nano, MONEY, "model rounding, in money",
                "what the homes pay more than with the forecasts of forecast.model's file itself",
                private=True, detail=True),
    ],
    "Privacy": [
        Measure("leak_share", lambda run: run.leak and run.leak.share,
                replace(PERCENT, of="of the readings' variance"), "leak",
                "of the readings' variance that the best attack known here explains, from all public data, "
                "beyond an average day", "docs/threat-model.md", private=True, panel=6),
        Measure("leak_share_hidden", lambda run: run.leak and run.leak.hidden, PERCENT,
                "leak with hidden values",
                "were every hidden value of the models public too", private=True),
        Measure("leak_share_bids", lambda run: run.leak and run.leak.bids, PERCENT, "leak of bids alone",
                "by the quantities of bids alone", private=True),
        Measure("leak_share_totals", lambda run: run.leak and run.leak.totals, PERCENT,
                "leak of totals alone", "by the totals that the meter posts alone; "
                "of sealed orders, by the community's", private=True),
        Measure("leak_share_label", lambda run: run.leak and run.leak.label, PERCENT, "leak of generators",
                "of sealed orders, by who has a generator alone, which the leak takes as known",
                private=True),
        Measure("leak_share_unlabelled", lambda run: run.leak and run.leak.unlabelled, PERCENT,
                "leak without generators", "of sealed orders, where nobody knows who has one", private=True),
        Measure("identified_share", lambda run: run.identified_share, PERCENT, "windows identified",
                "of windows, those that somebody who holds the data can tell by a bid's quantities",
                private=True, detail=True),
    ],
    "Proofs and gas": [
        Measure("proofs_made", lambda run: sum(not proof.cached for proof in run.proofs.values()), COUNT,
                "proofs made", "in this run", varies=True, detail=True),
        Measure("proofs_cached", lambda run: sum(proof.cached for proof in run.proofs.values()), COUNT,
                "proofs re-used", "made before, and taken from the store", varies=True, detail=True),
        Measure("proofs_verified_on_chain", outcomes.verified_on_chain, COUNT, "bids verified on chain",
                "by EZKL's verifier contract", bundled=True, detail=True),
        Measure("prove_cpu_s", lambda run: outcomes.prove_cpu_s(run, re_used=False), CPU_S, "proving",
                "of the proofs made in this run", varies=True, detail=True),
        Measure("prove_cpu_s_per_proof",
                lambda run: share(outcomes.prove_cpu_s(run), len(run.proofs)), replace(CPU_S, decimals=2),
                "proving per proof", "of proofs made and re-used, when they were made", varies=True, panel=9),
        Measure("gas_total", outcomes.gas_used, GAS, "gas", "of all transactions of the run", varies=True,
                bundled=True, detail=True),
        Measure("gas_per_order", outcomes.gas_per_order, THOUSAND_GAS, "gas per order",
                "without what was refused to cheats; of sealed orders, one per home and slot", varies=True,
                bundled=True, panel=8),
    ],
    "Costs": [
        Measure("cost_gas", Daily("cost_nano - cost_energy_nano"), MONEY, "cost of gas",
                "modelled, as if every bid were proved and on chain", detail=True),
        Measure("cost_energy", Daily("cost_energy_nano"), replace(MONEY, decimals=6), "cost of proving",
                "the energy of proving, modelled likewise", detail=True),
        Measure("cost_per_home_day", Daily("cost_nano", "homes"), PER_HOME_DAY, "costs",
                "of gas and proving, of a home on a day", panel=7),
        Measure("saving_after_costs_per_home_day", Daily(f"{SAVING} - cost_nano", "homes"), PER_HOME_DAY,
                "saving after costs", "of a home on a day, whether homes are charged or not", private=True),
        Measure("break_even_gas_price",
                Daily(f"{SAVING} - cost_energy_nano", "gas", least=0, steps=1_000), GAS_PRICE, "break-even",
                "the gas price at which proofs and gas use the saving up; empty where proving alone does",
                private=True),
        Measure("founding_gas", lambda run: run.accounts.costs and run.accounts.costs.founding_gas, GAS,
                "founding gas", "modelled; spent once, on contracts, models and homes", detail=True),
    ],
    OF_CHEATS: [
        Measure("attempts", lambda run: len(attempts(run)), COUNT, "attempts to cheat", "calls of cheats",
                detail=True),
        Measure("attempts_accepted", lambda run: int(attempts(run).accepted.sum()), COUNT,
                "attempts accepted", "most of them within the rules", detail=True),
        Measure("illegitimate_accepted", outcomes.illegitimate, COUNT, "accepted illegitimately",
                "against the rules, so that the contract should have refused them", detail=True),
    ],
    "Time": [
        Measure("setup_s", lambda run: run.timing.setup_s, SECONDS, "set-up",
                "training, circuits and contracts; on this machine", varies=True, detail=True),
        Measure("chain_s", lambda run: run.timing.chain_s, SECONDS, "time in the chain", "on this machine",
                varies=True, panel=10),
        Measure("wall_s", lambda run: run.timing.wall_s, SECONDS, "time in all",
                "without imports, tables and figures; on this machine", varies=True, detail=True),
    ],
    "Digests": [
        Measure("market_digest", lambda run: run.market_digest, TEXT, "market digest",
                "sha-256 over all orders, fills, prices and balances: names the market's outcome",
                bundled=True),
        Measure("models_digest", lambda run: run.prepared.forecasters.digest, TEXT, "models digest",
                "sha-256 over the models in integers, and which home has which", bundled=True),
        Measure("state_root", lambda run: (run.blocks[-1].state_root.hex() or None) if run.blocks else None,
                TEXT, "state root", "of the last block, where the EVM keeps a trie", varies=True,
                bundled=True),
    ],
}
# fmt: on
NAMED_BY = ("The run", "Digests")
"""Sections that say which run it is; what came of it are the others."""


def measure(name: str) -> Measure:
    """The row of a name. Raises KeyError where there is none."""
    return {each.name: each for each in all_measures()}[name]


def all_measures() -> list[Measure]:
    """Every row."""
    return list(chain.from_iterable(SECTIONS.values()))


def results() -> list[Measure]:
    """What came of a run, as numbers: every row but texts and those that say which run it is."""
    rows = chain.from_iterable(rows for name, rows in SECTIONS.items() if name not in NAMED_BY)
    return [each for each in rows if each.unit != TEXT]


def values_of(outcome: Outcome, measures: Iterable[Measure]) -> dict[str, Any]:
    """The values of these measures in a finished run, by name."""
    total = totals(outcome)
    return {
        each.name: each.formula.of_run(total) if isinstance(each.formula, Daily) else each.formula(outcome)
        for each in measures
    }
