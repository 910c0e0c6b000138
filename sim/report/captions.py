"""Of each figure, by name, its title and what one sees on it."""

OF_RUNS = {
    "prices_and_volumes": (
        "Prices and volumes",
        "Above, the price wherever there was trade, and the two tariffs. Below, the energy that was bid, "
        "asked and traded: what is traded is at most the shorter side. In runs of more than ten days lines "
        "and volumes are by day.",
    ),
    "supply_and_demand": (
        "Supply and demand in the slot that traded most",
        "Bids from the dearest, asks from the cheapest. Both sides trade up to the dot, at its price; the "
        "hatched areas are what buyers and sellers gain over their own limits.",
    ),
    "bills": (
        "Bills of the homes",
        "Rings are bills without the market, filled marks with it, and crosses are homes that pay more than "
        "without it. Of more than 40 homes savings alone are shown, from the largest to the largest loss.",
    ),
    "forecast_and_actual": (
        "Forecasts and readings",
        "Left, what the home with the median error was forecast to take from the grid, and what it took. "
        "Right, by how much forecasts of all homes miss at each hour, beside forecasts that repeat the day "
        "before.",
    ),
    "costs": (
        "Time and gas",
        "Above, seconds of the machine that ran it; they differ from run to run. Below, with a chain, the "
        "gas of each stage, the verifier's share of it hatched.",
    ),
    "gaps": (
        "Missing readings",
        "When each home lacks readings, load above and PV below, and what became of each gap: filled, left "
        "out with its home, or left out with the time before the history or after the period. The period "
        "is shaded.",
    ),
}

OF_SEALED = {
    "prices_and_volumes": (
        "Prices and totals",
        "Above, the price, which follows from the sign of the total, and the two tariffs. Below, what the "
        "community as a whole is short of, or has over: the only quantity that is public where orders are "
        "sealed.",
    ),
}
"""Where what is drawn is something else."""

OF_STUDIES = {
    "welfare_and_cost": (
        "Saving against cost",
        "A mark per point, with 95 % intervals where there are any: what a home saves, against what its "
        "proofs and gas cost. Above the dashed line the market pays for its proofs.",
    ),
    "privacy_and_accuracy": (
        "Privacy against accuracy and cost",
        "What the best attack known here recovers of the readings, against how far forecasts miss (left) and "
        "what proofs and gas cost (right). Lower is more private, further left is better or cheaper.",
    ),
    "privacy_welfare_cost": (
        "Privacy against welfare against cost",
        "A mark per way to order, a mean over the other axes with lines to the least and the most: what the "
        "best attack known here recovers of the readings, against what a home saves; the larger the mark, "
        "the dearer its proofs and gas, hollow where that is not known.",
    ),
    "heat_map": (
        "Outcomes over two axes",
        "A field for each pair of values of the last two axes, its number the mean over seeds and any other "
        "axes; the lighter the field, the larger the number.",
    ),
    "break_even": (
        "What is left of the saving",
        "Saving less proofs and gas, against the price of gas. Where it falls below zero the market does not "
        "pay for its proofs.",
    ),
}
