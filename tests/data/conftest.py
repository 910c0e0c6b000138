from datetime import timedelta

import pytest

from tests.data.homes import CSV_DAYS, CSV_START


@pytest.fixture(scope="package")
def csv_source(tmp_path_factory):
    """Three homes, elm without PV; a load is 10000 x home + 100 x day + hour."""
    rows = ["time,oak_load_wh,oak_pv_wh,elm_load_wh,ash_load_wh,ash_pv_wh"]
    for slot in range(24 * CSV_DAYS):
        wh = slot // 24 * 100 + slot % 24
        rows.append(
            f"{CSV_START + timedelta(hours=slot)},{10_000 + wh},{1 + wh},{20_000 + wh},{30_000 + wh},{wh}"
        )
    path = tmp_path_factory.mktemp("csv") / "homes.csv"
    path.write_text("\n".join(rows))
    return str(path)
