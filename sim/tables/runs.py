"""The tables of runs, and of bundles."""

from sim.forecast.baselines import REPORTED
from sim.market.mechanisms.sharing import SHARING_RULES
from sim.tables.table import Column, Table

AGENT = Column("agent", "the home, or an operator of the market")
GATE, SLOT = Column("gate", "from 0; bids close at it"), Column("slot", "from 0")
SIDE = Column("side", "buy or sell")
SCALE = Column("scale", "of the circuits' outputs: bits of a Wh's fractions")


def _own(name: str, meaning: str) -> Column:
    """A column of readings, or of money that follows from them; the home's own."""
    return Column(name, meaning, private=True, bundled=False)


def _timed(name: str, meaning: str) -> Column:
    """A column that differs between runs."""
    return Column(name, meaning, bundled=False, varies=True)


# fmt: off
_ROWS = (
    Table("slots", "one row per slot", (SLOT,), (
        Column("start", "local time at which it begins"),
        Column("gate", "that delivers it"),
        Column("price_nano_per_wh", "empty without trade; of several prices the buyers' mean, rounded down"),
        Column("retail_low_nano_per_wh", "lowest retail tariff of a home"),
        Column("retail_high_nano_per_wh", "highest retail tariff of a home"),
        Column("feed_in_low_nano_per_wh", "lowest feed-in tariff of a home"),
        Column("feed_in_high_nano_per_wh", "highest feed-in tariff of a home"),
        Column("traded_wh", "energy traded"),
        Column("bought_wh", "energy bought"),
        Column("sold_wh", "energy sold"),
        Column("bid_wh", "energy that buyers ordered"),
        Column("ask_wh", "energy that sellers ordered"),
        Column("buyers", "how many bought"),
        Column("sellers", "how many sold"),
        Column("gain_at_limits_nano", "gain of the fills over their own limits"),
        Column("to_utility_nano", "what buyers pay beyond what sellers get; of net-price, what the utility "
               "is paid for what is left over"),
    ), of_orders=True, bundled=True, read_by=("figures", "page", "report")),
    Table("orders", "one row per accepted order", (GATE, SLOT, AGENT), (
        SIDE,
        Column("quantity_wh", "ordered"),
        Column("limit_nano_per_wh", "price that it accepts at worst"),
        Column("fill_wh", "traded of it"),
    ), of_orders=True, bundled=True, read_by=("figures", "page", "report")),
    Table("trades", "one row per fill", (SLOT, AGENT), (
        SIDE,
        Column("fill_wh", "traded"),
        Column("price_nano_per_wh", "rounded down"),
        Column("paid_nano", "negative where the home is paid"),
    ), of_orders=True, bundled=True, read_by=("figures", "page", "report")),
    Table("totals", "one row per slot: what sealed orders come to together, and the price", (GATE, SLOT), (
        Column("total", "what the community is short of, below 0 what it has over, in Wh times 2 to the "
               "scale; empty in void gates"),
        SCALE,
        Column("price_nano_per_wh", "empty in void gates"),
    ), written="sealed", bundled=True, read_by=("figures", "page", "report")),
    Table("bills", "one row per home and settlement period: what the meter posted of sealed orders",
          (AGENT, Column("period", "of settlement, from 0")), (
        Column("from_gate", "first gate of the period"),
        Column("gates", "how many it has"),
        Column("trade_sum", "cost of what was ordered, in nano-$ times 2 to the scale; digits, as it may "
               "exceed 64 bits"),
        Column("deviation_sum", "cost of what was taken beyond, or left of it; likewise"),
        SCALE,
        Column("bill_nano", "their sum, rounded down; what is left of a nano-$ the utility bears"),
    ), written="sealed", bundled=True, read_by=("page", "report")),
    Table("quantities", "one row per home and slot: a sealed order, and what the slot adds to the bill",
          (AGENT, SLOT), (
        _own("output", "of the home's circuit, in Wh times 2 to the scale; 0 where no order counted"),
        SCALE,
        _own("bill_nano", "of the period so far, rounded down, what the slot adds, before charges"),
    ), written="sealed", private=True, read_by=("page",)),
    Table("agents", "one row per home", (AGENT,), (
        Column("donor", "the measured home that its readings come from", bundled=False),
        Column("note", "what was changed about them", bundled=False),
        Column("has_pv", "whether it may sell"),
        Column("cluster", "whose model it has, from 0"),
        Column("strategy", "by which it prices its orders"),
        _own("load_wh", "consumed"),
        _own("pv_wh", "generated"),
        Column("bought_wh", "on the market", of_orders=True),
        Column("sold_wh", "on the market", of_orders=True),
        _own("bill_nano", "with the market, and the charges"),
        _own("bill_grid_only_nano", "at the utility's tariffs alone"),
        _own("saving_nano", "the difference; negative is a loss"),
        *(_own(f"bill_{rule.key}_nano", f'were readings shared after the fact by "{rule.name}"')
          for rule in SHARING_RULES),
        _own("charges_nano", "of the costs, what the bill holds; the balance is charges less bill"),
        _own("cost_gas_nano", "modelled, as if every bid were proved and on chain; empty without circuit"),
        _own("cost_energy_nano", "of proving, modelled likewise"),
        Column("balance_nano", "on the ledger at the end"),
        Column("gas", "of its own transactions, in a run's table without what was refused to cheats"),
        _timed("prove_cpu_s", "that its own proofs took"),
    ), private=True, bundled=True, read_by=("figures", "page", "report")),
    Table("deviations", "one row per gate, tariff period and home: what the meter posted",
          (GATE, Column("period", "of the tariffs, from 0"), AGENT), (
        Column("short_wh", "short of the fills"),
        Column("beyond_wh", "beyond the fills"),
    ), written="bundle", of_orders=True, bundled=True),
    Table("days", "one row per day: sums over homes, and over the slots that begin within it",
          (Column("day", "from 0; begins at the time of day at which the period does"),
           Column("date", "on which it begins")), (
        Column("orders", "accepted"),
        Column("trades", "orders filled"),
        Column("traded_wh", "energy traded"),
        Column("paid_nano", "by buyers"),
        Column("surplus_nano", "what buyers pay beyond what sellers get; of net-price, what the utility is "
               "paid for what is left over"),
        _own("traded_without_sun_wh", "in slots in which nobody's PV gave anything"),
        Column("welfare_nano", "gains from trade of the fills, valued at the tariffs"),
        Column("welfare_best_nano", "the most of these that the orders allowed"),
        _own("bill_nano", "with the market, and the charges"),
        _own("bill_grid_only_nano", "at the utility's tariffs alone"),
        _own("bill_foresight_nano", "were every forecast right, with the charges"),
        _own("bill_persistence_nano", "did every home forecast its day before, with the charges"),
        _own("bill_truthful_nano", "were the same forecasts ordered at outside options, with the charges"),
        _own("most_saving_nano", "what could be saved at all, were every reading known before"),
        _own("utility_nano", "what the utility takes by tariffs, fees and surplus"),
        Column("charges_nano", "of the costs, what bills hold"),
        Column("sold_wh", "energy sold"),
        _own("sold_backed_wh", "of it, what sellers really had to spare"),
        _own("load_wh", "consumed"),
        _own("pv_wh", "generated"),
        _own("used_behind_meter_wh", "of what homes generate, what they use themselves in the same slot; "
             "empty of net meters"),
        _own("used_in_community_wh", "of it, what some home uses in the same slot; likewise"),
        _own("net_wh", "what homes take from or give to the grid, each by itself"),
        _own("imported_wh", "what all together take from the grid"),
        _own("exported_wh", "what all together give to it"),
        _own("forecast_abs_error_wh", "of all forecasts"),
        _own("forecast_error_wh", "of all forecasts, less readings: signs kept"),
        *(_own(f"{key}_abs_error_wh", f"of {said}") for key, said in REPORTED.items()),
        Column("readings", "how many: homes times slots"),
        Column("homes", "how many"),
        Column("cost_nano", "of gas and proving, modelled; a gate's on the day of its first slot; empty "
               "without circuit"),
        Column("cost_energy_nano", "of it, of proving"),
        Column("gas", "modelled likewise"),
    ), private=True, read_by=("report",)),
    Table("forecasts", "one row per home and slot", (AGENT, SLOT), (
        _own("forecast_wh", "net load forecast"),
        _own("persistence_wh", "that of persistence: the day before, or, within a day, the last reading"),
        _own("actual_wh", "net load read: consumed less generated"),
        _own("load_wh", "consumed"),
        _own("pv_wh", "generated"),
    ), private=True, read_by=("figures", "page", "report")),
    Table("proofs", "one row per proof whose bid was submitted", (AGENT, GATE), (
        Column("circuit", "digest of its verifying key"),
        _timed("prove_cpu_s", "that it took"),
        Column("bytes", "its size"),
        _timed("cached", "whether it was taken from the store"),
        Column("on_chain", "whether the verifier contract accepted it", bundled=False),
        Column("verify_gas", "what the verifier used of the gas; empty off chain", varies=True),
        Column("submit_gas", "of the submission; empty off chain", varies=True),
    ), bundled=True, read_by=("page", "report")),
    Table("blocks", "one row per block", (Column("block", "its number"),), (
        Column("time", "its stamp"),
        Column("transactions", "how many"),
        Column("gas", "of them", varies=True),
        Column("hash", "empty where the EVM keeps no trie", varies=True),
        Column("state_root", "likewise", varies=True),
    ), bundled=True),
    Table("transactions", "one row per transaction, in order", (Column("block", "that holds it"),), (
        Column("stage", "of the market"),
        Column("gate", "empty for set-up"),
        Column("slot", "empty where it is about a whole gate"),
        Column("agent", "who sent it"),
        Column("attack", "that it is part of; empty where it is honest"),
        Column("accepted", "whether the contract did"),
        Column("reason", "why it did not; empty where it did"),
        Column("gas", "used", varies=True),
        Column("hash", "in hex", varies=True),
    ), read_by=("page",)),
    Table("gas", "one row per stage, in order, and one of what was refused to cheats",
          (Column("stage", "of the market"),), (
        Column("transactions", "how many"),
        Column("gas", "of them", varies=True),
        Column("verifier_gas", "of it, what the verifier, or its stub, used", varies=True),
    ), bundled=True, read_by=("figures", "report")),
    Table("circuits", "one row per circuit, by training and cluster; none where nothing was proved",
          (Column("circuit", "digest of its verifying key"),), (
        Column("model", "digest"),
        Column("family", "of the model"),
        Column("training", "that the model is of, from 0"),
        Column("cluster", "whose model it is, from 0"),
        Column("parameters", "of the model"),
        Column("precision_bits", "of fractions of the model's weights"),
        Column("rows", "of the circuit"),
        Column("logrows", "their logarithm to base 2, rounded up"),
        Column("decomp_base", "setting: base of decompositions"),
        Column("decomp_legs", "setting: their digits"),
        Column("num_inner_cols", "setting: columns of inner products"),
        Column("salts", "behind the window, that hide it"),
        Column("proof_bytes", "size of a proof"),
        Column("verifying_key_bytes", "its size", bundled=False),
        Column("proving_key_bytes", "its size", bundled=False),
        _timed("setup_cpu_s", "that the keys took"),
        _timed("prove_cpu_s", "mean over its proofs; empty where it has none"),
        _timed("verify_gas", "mean over its proofs; empty where it has none on chain"),
    ), bundled=True, read_by=("report",)),
    Table("clusters", "one row per cluster", (Column("cluster", "from 0"),), (
        Column("homes", "how many"),
        Column("members", "their names"),
        Column("model", "digest; where there are several trainings, of the first"),
        Column("family", "of the model"),
        Column("parameters", "of the model"),
        Column("precision_bits", "of fractions of the model's weights"),
        _own("forecast_mae_wh", "mean absolute error per home and slot"),
        _own("persistence_mae_wh", "that of persistence"),
    ), private=True, read_by=("report",)),
    Table("trainings", "one row per training and cluster",
          (Column("training", "from 0"), Column("cluster", "from 0")), (
        Column("from_gate", "first gate that uses the model"),
        Column("delivers_from", "local time at which that gate's delivery begins"),
        Column("history_begins", "of the readings that it was trained on, at the earliest", bundled=False),
        Column("history_ends", "of these readings: a lead before the window of that gate begins"),
        Column("model", "digest"),
        Column("rounds", "how many there were; 0 of a model that was given"),
        Column("training_root", "over the digests of the rounds, as it is registered; all zero without any"),
    ), bundled=True),
    Table("rounds", "one row per round of a training", (
        Column("training", "from 0"), Column("cluster", "from 0"), Column("round", "from 0")), (
        Column("parameters_sha256", "of the parameters after it, as little-endian float64 in the order in "
               "which the family has them"),
    ), bundled=True),
    Table("gaps", "one row per gap in the readings that the run uses", (
        Column("home", "of the data, also one that was dropped; empty of what is measured outdoors"),
        Column("quantity", "load, pv, temperature or irradiance"),
        Column("start", "local time at which its first slot begins"),
    ), (
        Column("slots", "how many are missing"),
        Column("share", "of the slots that the run would use without gaps"),
        Column("filled_slots", "of them, of what the run uses"),
        Column("became", "filled (or in part), home dropped, before the history, or after the period"),
    ), written="gaps", private=True, read_by=("figures", "report")),
    Table("attempts", "one row per attempt to cheat",
          (Column("attack", "name"), AGENT, GATE, Column("slot", "empty where it is about a whole gate")), (
        Column("accepted", "whether the contract did; also a slot that the auctioneer left to be void"),
        Column("reason", "why it did not"),
        Column("gas", "used", varies=True),
        Column("cost_nano", "of the gas", varies=True),
    ), written="cheats", private=True, read_by=("report",)),
    Table("attacks", "one row per attack of the scenario", (Column("attack", "name"),), (
        Column("meaning", "what it does"),
        Column("lawful", "whether it stays within the rules, so that nothing stops it"),
        Column("homes", "how many make it"),
        Column("attempts", "how many"),
        Column("accepted", "of them"),
        Column("refused", "of them"),
        Column("reasons", "why, with counts"),
        Column("gas_wasted", "of refused attempts", varies=True),
        Column("cost_nano", "of that gas", varies=True),
        _own("profit_nano", "what accepted attempts gained over the run without them, less that cost"),
        _own("others_loss_nano", "what all other homes lost by them, together"),
        _own("counterfactual_gain_nano", "had nothing been verified: what its homes would have gained; empty "
             "for operators, what is lawful, and money beyond what is exact"),
        _own("counterfactual_honest_loss_nano", "what all others would have lost, together"),
        _own("counterfactual_honest_worse_off", "how many of them would have lost"),
        _own("counterfactual_worse_off_loss_nano", "by how much"),
        _own("counterfactual_utility_gain_nano", "what the utility would have gained"),
        _own("counterfactual_phantom_wh", "how much more the cheats would have sold without having it"),
        _own("counterfactual_phantom_gain_nano", "what that would have brought them"),
    ), written="cheats", private=True, read_by=("report",)),
)
# fmt: on

RUN_TABLES: dict[str, Table] = {table.name: table for table in _ROWS}


def bundled(sealed: bool) -> tuple[str, ...]:
    """The tables of a bundle: what is public of orders stands in others where they are sealed."""
    tables = (table for table in _ROWS if table.bundled)
    if sealed:
        return tuple(table.name for table in tables if not table.of_orders)
    return tuple(table.name for table in tables if table.written != "sealed")


def written_by(cheats: bool, sealed: bool, gaps: bool = False) -> tuple[str, ...]:
    """The tables of a run: some only where somebody cheats, orders are sealed, or readings were missing."""
    kinds = {
        "run",
        *(kind for kind, holds in (("cheats", cheats), ("sealed", sealed), ("gaps", gaps)) if holds),
    }
    return tuple(table.name for table in _ROWS if table.written in kinds)


def read_by(reader: str, cheats: bool = False, sealed: bool = False, gaps: bool = False) -> tuple[str, ...]:
    """Those that a part of zkpet needs."""
    return tuple(name for name in written_by(cheats, sealed, gaps) if reader in RUN_TABLES[name].read_by)
