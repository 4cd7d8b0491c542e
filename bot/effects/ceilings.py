"""Which daily ceilings a write counts against."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.ids import APP
from bot.model.outbox import Charge
from bot.model.writes import AnyWrite, repo_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceilings:
    """Writes per UTC day, by surface; `total` is all surfaces together. A surface that is not named has ceiling 0.

    `reserve` is what lies above every ceiling for safety writes alone: a ceiling never swallows a failing verdict.
    """

    installation: Mapping[str, int]
    app: Mapping[str, int]
    reserve: int

    def charges(self, write: AnyWrite) -> tuple[Charge, ...]:
        """Every ceiling `write` needs room in: its surface, then the total; per installation, then for the App."""
        extra = self.reserve if write.safety else 0
        owner = repo_of(write).installation

        def limit(ceilings: Mapping[str, int], name: str) -> int:
            return ceilings.get(name, 0) + extra

        whole_app = tuple(
            Charge(APP.installation, surface, limit(self.app, name))
            for surface, name in ((write.surface, write.surface), ("", "total"))
        )
        if owner == APP.installation:  # what is done with the App's own key belongs to no installation
            return tuple(
                Charge(charge.installation, charge.surface, min(charge.limit, limit(self.installation, name)))
                for charge, name in zip(whole_app, (write.surface, "total"), strict=True)
            )
        own = tuple(
            Charge(owner, surface, limit(self.installation, name))
            for surface, name in ((write.surface, write.surface), ("", "total"))
        )
        return (own[0], whole_app[0], own[1], whole_app[1])


def describe(charge: Charge) -> str:
    """The reached ceiling in words."""
    what = f"the daily ceiling of {charge.limit} {charge.surface}" if charge.surface else f"{charge.limit} writes a day"
    whose = f"installation {charge.installation}" if charge.installation else "the whole App"
    return f"{what} for {whose} is reached"


def next_day(now: datetime) -> datetime:
    """When the daily ceilings open again: the next UTC midnight."""
    return (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
