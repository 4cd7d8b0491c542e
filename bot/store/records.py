"""Applies what a decision changes in our own store. One function for each member of the union, none forgotten."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.model import records
from bot.store import deployments, edges, epics, holds, overrides, plans, questions, switches, texts, verdicts

_APPLY: Mapping[type, Callable[[Connection, Any, datetime], None]] = {
    records.QuestionAsked: questions.ask,
    records.QuestionAnswered: questions.answer,
    records.GivenBack: holds.give_back,
    records.HeldByHand: holds.hold,
    records.Unheld: holds.unhold,
    records.LabelRemovedByHuman: overrides.remember,
    records.ChildPlanStored: epics.store_children,
    records.RunUndone: epics.undo,
    records.PreviewShown: epics.show,
    records.TextRevised: texts.revise,
    records.EdgesStored: edges.store_edges,
    records.StandingStored: edges.store_standing,
    records.WaitersWoken: edges.woken,
    records.PlanStored: plans.store_plan,
    records.EvidenceStored: plans.store_evidence,
    records.VerdictGiven: verdicts.give,
    records.DeploymentSeen: deployments.see,
    records.Stopped: switches.apply_stop,
    records.Resumed: switches.apply_resume,
}
if forgotten := set(records.RECORDS) ^ set(_APPLY):
    raise TypeError(f"the store has no use for {', '.join(sorted(kind.__name__ for kind in forgotten))}")


def apply(conn: Connection, record: records.AnyRecord, now: datetime) -> None:
    """Stores `record` as of `now`. Raises Conflict if something else took its place."""
    _APPLY[type(record)](conn, record, now)
