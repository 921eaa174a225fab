"""Hold what one invented village shares: chance from one seed, today's date, the numbers already given out.

NIK and family numbers have real region codes and serials 9001-9999, which no office has issued, so that no invented
person can ever be taken for a real one.
"""

from __future__ import annotations

import datetime as dt
import random  # noqa: TID251 - seeded: one seed makes the same village everywhere
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeVar

from register.generator.vocabulary import BIRTH_TOWNS, OTHER_REGENCIES
from schemas.identifiers import RegionCode
from schemas.regions import is_known_region, region, regions_in

_T = TypeVar("_T")

FIRST_SERIAL, _SERIAL_LAST = 9001, 9999
_FEMALE = 2
# A family card is renewed with each change; few are older than the electronic register.
_OLDEST_CARD = dt.date(2006, 1, 1)
_OLD_PAPERS_YEAR = 1968  # people born before often know only the year; offices wrote its first or last day


class World:
    """The chance and the numbers of one village; every draw changes the following ones."""

    def __init__(self, seed: int, village_code: RegionCode, today: dt.date, first_serial: int = FIRST_SERIAL) -> None:
        self.chance = random.Random(f"{seed}/{village_code}")  # noqa: S311 - invented people, no secret
        self.village_code = village_code
        self.today = today
        regency = RegionCode(village_code[:5])
        self.home_district = village_code[:8].replace(".", "")
        self.near_districts = [place.code.digits for place in regions_in(regency)]
        others = [RegionCode(code) for code in OTHER_REGENCIES]
        self.far_districts = [
            place.code.digits
            for code in others
            if code != regency and is_known_region(code)
            for place in regions_in(code)
        ]
        self.home_town = region(regency).name.upper().removeprefix("KABUPATEN ").removeprefix("KOTA ")
        self._first_serial = first_serial
        self._serials: Counter[str] = Counter()

    def happens(self, share: float) -> bool:
        """Tell whether something of this probability happens."""
        return self.chance.random() < share

    def pick(self, choices: Sequence[_T]) -> _T:
        """Draw one of equally likely choices."""
        return choices[self.chance.randrange(len(choices))]

    def weigh(self, weights: Mapping[_T, float]) -> _T:
        """Draw one of weighted choices."""
        return self.chance.choices(list(weights), list(weights.values()))[0]

    def day_between(self, first: dt.date, last: dt.date) -> dt.date:
        """Draw a day; the earlier of the two if they are in the wrong order."""
        return min(first, last) + dt.timedelta(days=self.chance.randrange(max((last - first).days, 0) + 1))

    def birthday(self, age_min: int, age_max: int) -> dt.date:
        """Draw the birth date of someone whose age in whole years today lies in this range."""
        age = self.chance.randint(age_min, max(age_min, age_max))
        day = self.day_between(
            _years_before(self.today, age + 1) + dt.timedelta(days=1), _years_before(self.today, age)
        )
        if day.year < _OLD_PAPERS_YEAR and self.happens(0.3):
            return dt.date(day.year, *self.pick(((1, 1), (12, 31))))
        return day

    def birth_place(self) -> str:
        """Draw a town of birth."""
        return self.home_town if self.happens(0.86) else self.weigh(BIRTH_TOWNS)

    def nik(self, birth_on: dt.date, sex: int) -> str:
        """Issue a NIK, mostly in the village's own district."""
        share = self.chance.random()
        if share < 0.85:
            district = self.home_district
        else:
            district = self.pick(self.near_districts if share < 0.95 else self.far_districts)
        day = birth_on.day + (40 if sex == _FEMALE else 0)
        return self._issue(f"{district}{day:02d}{birth_on:%m%y}")

    def family_number(self) -> str:
        """Issue a family number of the village's own district."""
        recorded_on = self.day_between(_OLDEST_CARD, self.today)
        return self._issue(f"{self.home_district}{recorded_on:%d%m%y}")

    def age(self, birth_on: dt.date, on: dt.date | None = None) -> int:
        """Return the age in whole years, today by default."""
        on = on or self.today
        return on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))

    def _issue(self, start: str) -> str:
        self._serials[start] += 1
        serial = self._first_serial - 1 + self._serials[start]
        assert serial <= _SERIAL_LAST, f"too many people share {start}"
        return f"{start}{serial:04d}"


def _years_before(day: dt.date, years: int) -> dt.date:
    # 29 February becomes the 28th, as offices do.
    return day.replace(year=day.year - years, day=28 if (day.month, day.day) == (2, 29) else day.day)
