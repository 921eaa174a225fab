"""The five ways in which village offices reach the district, from surveys of signal and from operators' own figures."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of line; ``loss`` is a share of TCP segments, ``cut_every_s`` None a line that stays up."""

    name: str
    bits_per_s: int
    round_trip_s: float
    loss: float = 0.0
    cut_every_s: float | None = None
    cut_for_s: float = 1.0

    def faster(self, times: int) -> Profile:
        """Return the same line with time running faster: as many bytes cross between two cuts."""
        return replace(
            self,
            name=f"{self.name} x{times}",
            bits_per_s=self.bits_per_s * times,
            round_trip_s=self.round_trip_s / times,
            cut_every_s=None if self.cut_every_s is None else self.cut_every_s / times,
            cut_for_s=self.cut_for_s / times,
        )


FIBRE = Profile("fibre", 10_000_000, 0.020)
MOBILE = Profile("4G", 5_000_000, 0.080, loss=0.01)
SATELLITE = Profile("VSAT", 2_000_000, 0.650, loss=0.02)
EDGE = Profile("EDGE", 100_000, 0.600, loss=0.05, cut_every_s=120.0)
"""The fifth way is no line at all: a stick."""

LINES = (FIBRE, MOBILE, SATELLITE, EDGE)
