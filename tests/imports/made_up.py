"""Made-up exports in known layouts: a few homes, a few days, readings that tests know in advance."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

START = datetime(2012, 7, 2)


def watts(home: int, interval: int) -> int:
    """Of a home and an interval, both from 0: never zero."""
    return 100 + 10 * home + interval % 48


def thousandths(number: int) -> str:
    """As a file writes it: 1234 is 1.234."""
    return f"{number // 1000}.{number % 1000:03}"


def times(start: datetime, minutes: int, count: int) -> Iterator[datetime]:
    """Equally many minutes apart."""
    return (start + timedelta(minutes=minutes * place) for place in range(count))


def ltsf(days: int = 2, clients: int = 3) -> str:
    """electricity.csv with fewer clients: hourly, in kWh."""
    lines = [",".join(("date", *map(str, range(clients - 1)), "OT"))]
    for place, time in enumerate(times(datetime(2016, 7, 1, 2), 60, 24 * days)):
        lines.append(",".join((str(time), *(f"{watts(home, place)}.0" for home in range(clients)))))
    return "\n".join(lines) + "\n"


def ausgrid(days: int = 2, customers: int = 2) -> str:
    """The notes' line, then rows of GC and GG, the first customer with CL as well; half-hourly, in kWh."""
    ends = [f"{minutes // 60 % 24}:{minutes % 60:02}" for minutes in range(30, 24 * 60 + 1, 30)]
    first = ("Customer", "Generator Capacity", "Postcode", "Consumption Category", "date")
    lines = [
        f"2012-2013 Solar home electricity data v2{',' * 53}",
        ",".join((*first, *ends, "Row Quality")),
    ]
    for customer in range(customers):
        for day in times(START, 24 * 60, days):
            for category in ("CL", "GC", "GG") if customer == 0 else ("GC", "GG"):
                cells = [
                    {"GC": thousandths(watts(customer, place)), "CL": "1", "GG": "0"}[category]
                    for place in range(47)
                ]
                last = "5" if category == "GC" else "0"
                noon = ["0.25" if category == "GG" and customer == 0 else cells[23]]
                row = [*cells[:23], *noon, *cells[24:], last]
                date = f"{day.day}/{day:%m/%Y}"
                lines.append(",".join((str(customer + 1), "2.5", "2000", category, date, *row, "")))
    return "\n".join(lines) + "\n"


def lcl(days: int = 2, homes: int = 2) -> str:
    """A blank at the end of the title and of each reading, one Null, and one row there twice."""
    lines = ["LCLid,stdorToU,DateTime,KWH/hh (per half hour) "]
    for home in range(homes):
        for place, time in enumerate(times(START + timedelta(minutes=30), 30, 48 * days)):
            reading = "Null" if (home, place) == (0, 5) else thousandths(watts(home, place))
            lines.append(f"MAC{home:06},Std,{time}.0000000, {reading} ")
    return "\n".join((*lines, lines[-1])) + "\n"


def sgsc(days: int = 2) -> str:
    """Blanks in the header; the first home has a controlled load, the second one a gross meter of its PV."""
    titles = ("CALENDAR_KEY", "EVENT_KEY", "GENERAL_SUPPLY_KWH", "CONTROLLED_LOAD_KWH")
    more = ("GROSS_GENERATION_KWH", "NET_GENERATION_KWH", "OTHER_KWH")
    lines = [", ".join(("CUSTOMER_ID", "READING_DATETIME", *titles, *more))]
    for home, name in enumerate(("8150103", "10006414")):
        for place, time in enumerate(times(START, 30, 48 * days)):
            controlled, gross = ("0.5", "0") if home == 0 else ("0", "0.1")
            load = thousandths(watts(home, place))
            lines.append(f"{name},{time},{4000 + place},,{load},{controlled},{gross},0,0")
    return "\n".join(lines) + "\n"


def sgsc_wide(days: int = 2) -> str:
    """A column a home; the second home's first reading is missing."""
    lines = ["reading_datetime,c8150103,c10006414"]
    for place, time in enumerate(times(START, 30, 48 * days)):
        second = "" if place == 0 else thousandths(watts(1, place))
        lines.append(f"{time},{thousandths(watts(0, place))},{second}")
    return "\n".join(lines) + "\n"


def opsd(days: int = 2) -> str:
    """Counters: a home with import, export and PV, one with import and PV alone, one with import alone."""
    feeds = (
        "residential1_grid_import",
        "residential1_pv",
        "residential3_dishwasher",
        "residential3_grid_export",
        "residential3_grid_import",
        "residential3_pv",
        "residential5_grid_import",
    )
    lines = [
        ",".join(("utc_timestamp", "cet_cest_timestamp", *(f"DE_KN_{f}" for f in feeds), "interpolated"))
    ]
    for place, time in enumerate(times(START - timedelta(hours=2), 60, 24 * days + 1)):
        local = time + timedelta(hours=2)
        counters = (1000 + place, place, 7, place, 50 + 2 * place, 3 * place, 9 + place)
        mark = "DE_KN_residential1_grid_import | DE_KN_residential3_pv" if place == 3 else ""
        cells = (f"{time:%Y-%m-%dT%H:%M:%SZ}", f"{local:%Y-%m-%dT%H:%M:%S+0200}", *map(str, counters), mark)
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def nem12(days: int = 2) -> str:
    """Two meters, the second in Wh and with PV; its first day comes again, as it was estimated before."""
    lines = ["100,NEM12,201207041004,MDPX,RETAILY"]

    def day(date: datetime, home: int, per_kwh: int, updated: str, more: int = 0) -> str:
        values = (f"{(watts(home, place) + more) * per_kwh / 1_000:g}" for place in range(48))
        return f"300,{date:%Y%m%d},{','.join(values)},A,,,{updated},"

    for home, unit, per_kwh, suffixes in ((0, "kWh", 1, ("E1",)), (1, "Wh", 1_000, ("E1", "B1"))):
        for suffix in suffixes:
            lines.append(f"200,QB0000000{home},E1B1,{suffix},{suffix},N1,M{home},{unit},30,20120704")
            lines += [day(date, home, per_kwh, "20120704090000") for date in times(START, 24 * 60, days)]
    lines += [day(START, 1, 1_000, "20120703090000", more=900), "900"]
    return "\n".join(lines) + "\n"


def uci(days: int = 1) -> str:
    """Minutes in kW, one of them without a reading; days below 13 that could be months."""
    lines = [
        "Date;Time;Global_active_power;Global_reactive_power;Voltage;Global_intensity;"
        "Sub_metering_1;Sub_metering_2;Sub_metering_3"
    ]
    for place, time in enumerate(times(datetime(2007, 2, 3), 1, 24 * 60 * days)):
        others = "?;?;?;?;?;?;" if place == 7 else "1.200;0.418;234.840;18.400;0.000;1.000;17.000"
        lines.append(f"{time.day}/{time.month}/{time.year};{time:%H:%M:%S};{others}")
    return "\n".join(lines) + "\n"


def portal(days: int = 2) -> str:
    """The example of docs/extending.md: a home that buys and feeds in, and one that buys alone."""
    lines = ["meter,ended,bought,fed in"]
    for home, fed in enumerate(("40", "0")):
        for place, time in enumerate(times(START + timedelta(minutes=30), 30, 48 * days)):
            lines.append(f"m{home},{time},{watts(home, place)},{fed}")
    return "\n".join(lines) + "\n"


def simbench(folder: Path, rated_mw: str = "0.004", negative: str = "-0.000012") -> Path:
    """A grid of two buses over the last days of March 2016, without the hour that its clock leaves out."""
    stamps = [t for t in times(datetime(2016, 3, 26), 15, 96 * 3) if (t.month, t.day, t.hour) != (3, 27, 2)]
    shares = {place: negative if place == 4 else "0.25" for place in range(len(stamps))}
    tables = {
        "LoadProfile.csv": [
            "time;H0-A_qload;H0-A_pload;HLS_A_3.7_pload;HLS_A_3.7_qload",
            *(f"{t:%d.%m.%Y %H:%M};0.9;0.5;{shares[place]};0.9" for place, t in enumerate(stamps)),
        ],
        "RESProfile.csv": ["time;PV1;WP1", *(f"{t:%d.%m.%Y %H:%M};0.1;1" for t in stamps)],
        "Load.csv": [
            "id;node;profile;pLoad;qLoad;sR;subnet;voltLvl",
            f"LV1.101 Load 1;LV1.101 Bus 1;H0-A;{rated_mw};0.001;0.1;LV1.101;7",
            "LV1.101 Load 2;LV1.101 Bus 1;HLS_A_3.7;0.0037;0.001;0.1;LV1.101;7",
            "LV1.101 Load 3;LV1.101 Bus 2;H0-A;0.002;0.001;0.1;LV1.101;7",
            "MV1.101 Load 1;MV1.101 Bus 9;H0-A;0.2;0.001;0.1;MV1.101;5",
        ],
        "RES.csv": [
            "id;node;type;profile;calc_type;pRES;qRES;sR;subnet;voltLvl",
            "LV1.101 SGen 1;LV1.101 Bus 2;PV;PV1;pq;0.01;0;0.01;LV1.101;7",
            "LV1.101 SGen 2;LV1.101 Bus 2;Wind;WP1;pq;0.01;0;0.01;LV1.101;7",
        ],
    }
    folder.mkdir(parents=True)
    for name, lines in tables.items():
        (folder / name).write_text("\n".join(lines) + "\n")
    return folder / "LoadProfile.csv"


EXPORTS = {
    "ltsf": ltsf,
    "ausgrid": ausgrid,
    "lcl": lcl,
    "sgsc": sgsc,
    "sgsc-wide": sgsc_wide,
    "opsd": opsd,
    "uci-household": uci,
    "portal": portal,
    "nem12": nem12,
}
"""By the layout that each is in."""
