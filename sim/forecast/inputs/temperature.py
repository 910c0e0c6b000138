"""How warm it was outside, where the homes' data say so."""

from dataclasses import dataclass

from sim.forecast.inputs.base import Clock, Public, inputs


@inputs.register
@dataclass(frozen=True)
class Temperature(Public):
    """Of the day before: no weather forecast is known here, and the weather itself would be foresight."""

    name = "temperature"
    meaning = "the mean outdoor temperature of the last day before the window's end, in tenths of a degree"
    source = "the column temperature_c of the homes' data"

    def size(self, _horizon: int) -> int:
        """One number."""
        return 1

    def at(self, clock: Clock, first_slot: int) -> tuple[int, ...]:
        """Rounded down; 0 where the homes are known without their data."""
        if clock.temperature_dc is None:
            return (0,)
        end = first_slot - clock.lead
        day = clock.temperature_dc[max(end - clock.slots_per_day, 0) : end]
        return (int(day.sum()) // len(day),)
