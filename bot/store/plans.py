"""Plans, and what was sworn about their worktrees."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from bot.model.events import Evidence
from bot.model.ids import IssueRef, Repo, Sha
from bot.model.plan import Attestation, Plan
from bot.model.records import EvidenceStored, PlanStored
from bot.store.errors import Conflict
from bot.store.schema import attestations, plans, repositories
from bot.store.upsert import insert_or_ignore


def store_plan(conn: Connection, record: PlanStored, now: datetime) -> None:
    """Stores a plan; the same plan again is no change. Raises Conflict if its id or its branch is another plan's."""
    new = record.plan
    row = {
        "id": new.id,
        "installation": new.issue.repo.installation,
        "repo": new.issue.repo.id,
        "number": new.issue.number,
        "base_branch": new.base_branch,
        "base": str(new.base),
        "branch": new.branch,
        "stored_at": now,
    }
    if insert_or_ignore(conn, plans, row):
        return
    there = conn.execute(select(plans).where(plans.c.id == new.id)).one_or_none()
    if there is None or any(
        there._mapping[name] != row[name] for name in row if name not in ("installation", "stored_at")
    ):
        raise Conflict(f"plan {new.id} or branch {new.branch} is taken by another plan")


def store_evidence(conn: Connection, record: EvidenceStored, now: datetime) -> None:
    """Stores evidence, once for each delivery."""
    sworn = record.evidence
    row = {
        "delivery": record.delivery,
        "plan": sworn.plan,
        "head": str(sworn.head),
        "tree": str(sworn.tree),
        "base": str(sworn.base),
        "patch_id": sworn.patch_id,
        "dirty": sworn.dirty,
        "received_at": now,
    }
    insert_or_ignore(conn, attestations, row)


def plan(conn: Connection, plan_id: int) -> Plan | None:
    return _plan(conn, _plans().where(plans.c.id == plan_id))


def plan_of_issue(conn: Connection, issue: IssueRef) -> Plan | None:
    """The newest plan of an issue."""
    here = _plans().where(plans.c.repo == issue.repo.id, plans.c.number == issue.number)
    return _plan(conn, here.order_by(plans.c.id.desc()).limit(1))


def plan_of_branch(conn: Connection, repo: Repo, branch: str) -> Plan | None:
    return _plan(conn, _plans().where(plans.c.repo == repo.id, plans.c.branch == branch))


def plans_of_branch(conn: Connection, branch: str) -> tuple[Plan, ...]:
    """The plans of this branch in all repositories, newest first."""
    rows = conn.execute(_plans().where(plans.c.branch == branch).order_by(plans.c.id.desc()))
    return tuple(_from_row(row) for row in rows)


def next_plan(conn: Connection) -> int:
    """An id that is free now. Whoever stores a plan under it first has it."""
    return (conn.scalar(select(func.max(plans.c.id))) or 0) + 1


def attestations_of(conn: Connection, plan_id: int) -> tuple[Attestation, ...]:
    """Everything sworn about a plan, in the order of arrival."""
    rows = conn.execute(select(attestations).where(attestations.c.plan == plan_id).order_by(attestations.c.id))
    return tuple(_attestation(row) for row in rows)


def claims(conn: Connection, repo: Repo, *, head: Sha, tree: Sha | None) -> tuple[Attestation, ...]:
    """What the plans of a repository swore about this head, or (where given) this tree."""
    same = [attestations.c.head == str(head)]
    if tree is not None:
        same.append(attestations.c.tree == str(tree))
    return _sworn(conn, repo, or_(*same))


def twins(conn: Connection, repo: Repo, patch_id: str) -> tuple[Attestation, ...]:
    """What the plans of a repository swore about this patch; nothing for an empty one, which all idle plans share."""
    return _sworn(conn, repo, attestations.c.patch_id == patch_id) if patch_id else ()


def _sworn(conn: Connection, repo: Repo, condition: ColumnElement[bool]) -> tuple[Attestation, ...]:
    joined = select(attestations).join(plans, plans.c.id == attestations.c.plan)
    rows = conn.execute(joined.where(plans.c.repo == repo.id, condition).order_by(attestations.c.id))
    return tuple(_attestation(row) for row in rows)


def _plans() -> Select[Any]:
    """Plans with the installation their repository belongs to now: an App may be installed anew."""
    newest = func.coalesce(repositories.c.installation, plans.c.installation).label("now_installation")
    return select(plans, newest).outerjoin(repositories, repositories.c.id == plans.c.repo)


def _plan(conn: Connection, query: Select[Any]) -> Plan | None:
    row = conn.execute(query).one_or_none()
    return None if row is None else _from_row(row)


def _from_row(row: Row[Any]) -> Plan:
    return Plan(
        id=row.id,
        issue=IssueRef(Repo(row.now_installation, row.repo), row.number),
        base_branch=row.base_branch,
        base=Sha(row.base),
        branch=row.branch,
    )


def _attestation(row: Row[Any]) -> Attestation:
    evidence = Evidence(
        plan=row.plan,
        head=Sha(row.head),
        tree=Sha(row.tree),
        base=Sha(row.base),
        patch_id=row.patch_id,
        dirty=row.dirty,
    )
    return Attestation(id=row.id, evidence=evidence, received_at=row.received_at)
