"""The one door out: writes that were decided, one row for each idempotency key."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Text, and_, bindparam, select, update

from bot.model.codec import decode, encode
from bot.model.ids import IssueRef
from bot.model.outbox import Claim, Deadline
from bot.model.outcomes import (
    Adopted,
    AlreadyDone,
    Denied,
    Done,
    DryRun,
    Failed,
    Held,
    NoOp,
    Outcome,
    Overridden,
    Stale,
    Unknown,
)
from bot.model.writes import WRITES, AnyWrite, Receipt, repo_of
from bot.model.writes import dependencies as dependencies_of
from bot.store import leases
from bot.store.calls import goes_first
from bot.store.clocks import wall_clock
from bot.store.leases import AT_NUMBER, AT_REPO, Lane
from bot.store.schema import OPEN, READY, dependencies, lanes, outbox
from bot.store.statements import PerEngine
from bot.store.upsert import insert_or_ignore
from bot.store.work import announce

#: Ends after which whoever needs the result goes on (a dry run has none to give), and ends that take it along.
FRUITFUL = ("done", "adopted", "no_op", "dry_run")
BARREN = ("overridden", "stale", "denied")

#: A newer version may know more kinds: a worker leaves those it does not know alone (fault S8).
_KINDS = tuple(kind.__name__ for kind in WRITES)
_LOOKS = 20
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)

_KEY = bindparam("of_key", type_=Text)
_PLACE = select(outbox.c.lane_repo, outbox.c.lane_number, outbox.c.seq).where(outbox.c.key == _KEY)
_NEEDED = select(dependencies.c.needs).where(dependencies.c.key == _KEY)
_RESULTS = select(outbox.c.key, outbox.c.receipt).where(outbox.c.key.in_(_NEEDED), outbox.c.receipt.is_not(None))


class NoSuchWrite(ValueError):
    """A write names the result of a write that nobody has decided on before it."""


def enqueue(
    conn: Connection, lane: tuple[int, int], decision: int | None, writes: Iterable[AnyWrite], now: datetime
) -> None:
    """Adds writes to a lane (repository id, number), in order. One whose key is there already is left out.

    Raises NoSuchWrite for a dependency on anything but an earlier write.
    """
    for write in writes:
        leases.make(conn, Lane("outbox", *lane))
        needs = sorted(dependencies_of(write))
        states = _states(conn, needs)
        if missing := [key for key in needs if key not in states]:
            raise NoSuchWrite(f"{write.key} needs the result of {missing[0]}, which no earlier write has as its key")
        if insert_or_ignore(conn, outbox, _row(lane, decision, write, states, now)):
            for key in needs:
                insert_or_ignore(conn, dependencies, {"key": write.key, "needs": key})
            announce(conn)


def claim(conn: Connection, *, worker: str, lease: float) -> Claim | None:
    """The oldest write that may go out now, leased for `lease` seconds; None if there is none.

    In a lane one at a time, in order; passed over are writes that wait for their time (`not_before`) or for another
    write's result. One in state `sent` whose lease ended is claimable: its worker died, `intent_at` tells.
    """
    for _ in range(_LOOKS):
        place = conn.execute(_candidate(conn), {"by_worker": worker}).one_or_none()
        if place is None:
            return None
        lane = Lane("outbox", place.lane_repo, place.lane_number)
        # The lane is locked now. On PostgreSQL the look above may be older than that: this statement looks again.
        here = {"at_repo": lane.repo, "at_number": lane.number}
        row = conn.execute(_first_of(conn), here).one_or_none()
        if row is None or (write := _readable(conn, row)) is None:
            continue
        fence, deadline = leases.take(conn, lane, row.seq, worker=worker, seconds=lease)
        return Claim(
            write=write,
            fence=fence,
            deadline=Deadline(deadline),
            attempts=row.attempts,
            doubts=row.doubts,
            refusals=row.refusals,
            intent_at=row.intent_at,
            results=_results(conn, row.key),
        )
    return None


@goes_first
def renew(conn: Connection, claim: Claim) -> float:
    """Makes the lease as long again as it was; returns its new end (monotonic seconds). Raises LeaseLost."""
    lane, seq = place_of(conn, claim)
    return leases.renew(conn, lane, seq, claim.fence)


def settle(conn: Connection, claim: Claim, outcome: Outcome, now: datetime) -> None:
    """Stores what became of the write and ends the lease. Raises LeaseLost.

    A reservation stays as it is: only `ledger.give_back` ends one.
    """
    lane, seq = place_of(conn, claim)
    leases.release(conn, lane, seq, claim.fence)
    counts = {"attempts": claim.attempts + 1} if isinstance(outcome, Failed) else {}  # with or without an intent
    _end(conn, claim.write.key, _settled(outcome, now) | counts)
    if isinstance(outcome, Held) and outcome.whole_lane:
        _hold_what_follows(conn, lane, seq, outcome)
    announce(conn)


def receipt(conn: Connection, key: str) -> Receipt | None:
    """What GitHub answered to the write with this key; None if it has not been done."""
    text = conn.scalar(select(outbox.c.receipt).where(outbox.c.key == key))
    return None if text is None else decode(text, Receipt)


def written(conn: Connection, key: str) -> AnyWrite | None:
    """The write with this key as it was decided; None if there is none."""
    body = conn.scalar(select(outbox.c.body).where(outbox.c.key == key, outbox.c.kind.in_(_KINDS)))
    return None if body is None else decode(body, AnyWrite)  # type: ignore[arg-type]


def was_done(conn: Connection, key: str) -> bool:
    """Whether the write with this key has changed something; not if it was so already."""
    return conn.scalar(select(outbox.c.state).where(outbox.c.key == key)) in ("done", "adopted")


def is_of_dry_run(conn: Connection) -> bool | None:
    """Whether its writes ended in a dry run or on GitHub; None as long as none has ended."""
    ended = select(outbox.c.state).where(outbox.c.state.in_(("dry_run", "done", "adopted"))).limit(1)
    state = conn.scalar(ended)
    return None if state is None else state == "dry_run"


def pending(conn: Connection, subject: IssueRef) -> tuple[AnyWrite, ...]:
    """Writes of this lane, or about this issue, that are neither done nor given up, oldest first."""
    lane = and_(outbox.c.lane_repo == subject.repo.id, outbox.c.lane_number == subject.number)
    about = and_(outbox.c.repo == subject.repo.id, outbox.c.number == subject.number)
    query = select(outbox.c.body).where(OPEN, outbox.c.kind.in_(_KINDS), lane | about).order_by(outbox.c.seq)
    return tuple(decode(body, AnyWrite) for body in conn.scalars(query))  # type: ignore[arg-type]


def place_of(conn: Connection, claim: Claim) -> tuple[Lane, int]:
    """Lane and seq of a claimed write."""
    row = conn.execute(_PLACE, {"of_key": claim.write.key}).one()
    return Lane("outbox", row.lane_repo, row.lane_number), row.seq


def _row(
    lane: tuple[int, int], decision: int | None, write: AnyWrite, needs: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    repo = repo_of(write)
    row = {
        "key": write.key,
        "lane_repo": lane[0],
        "lane_number": lane[1],
        "decision": decision,
        "kind": type(write).__name__,
        "surface": write.surface,
        "installation": repo.installation,
        "repo": repo.id,
        "number": _number(write),
        "body": encode(write),
        "created_at": now,
        "state": "waiting",
        "why": "",
        "unmet": sum(state not in (*FRUITFUL, *BARREN) for state in needs.values()),
        "not_before": _AT_ONCE,
        "attempts": 0,
    }
    for key, state in needs.items():
        if state in BARREN:
            row |= {"state": "stale", "why": _orphaned(key, state), "settled_at": now}
    return row


def _number(write: AnyWrite) -> int:
    """The issue or pull request the write is about, 0 if it names none."""
    values = (getattr(write, name) for name in write.__struct_fields__)
    return next((value.number for value in values if isinstance(value, IssueRef)), 0)


def _states(conn: Connection, keys: Sequence[str]) -> dict[str, str]:
    # Locked, so that none of them is settled between this look and our row that counts on it.
    query = select(outbox.c.key, outbox.c.state).where(outbox.c.key.in_(keys)).order_by(outbox.c.seq).with_for_update()
    return {row.key: row.state for row in conn.execute(query)} if keys else {}


def _may_go(conn: Connection) -> ColumnElement[bool]:
    return and_(READY, outbox.c.not_before <= wall_clock(conn), outbox.c.kind.in_(_KINDS))


@PerEngine
def _candidate(conn: Connection) -> Select[int, int]:
    here = and_(lanes.c.queue == "outbox", lanes.c.repo == outbox.c.lane_repo, lanes.c.number == outbox.c.lane_number)
    query = select(outbox.c.lane_repo, outbox.c.lane_number).join(lanes, here)
    free = query.where(_may_go(conn), leases.is_free(conn)).order_by(outbox.c.seq).limit(1)
    return free.with_for_update(of=lanes, skip_locked=True)


@PerEngine
def _first_of(conn: Connection) -> Select[Any]:
    here = and_(outbox.c.lane_repo == AT_REPO, outbox.c.lane_number == AT_NUMBER)
    return select(outbox).where(here, _may_go(conn)).order_by(outbox.c.seq).limit(1)


def _readable(conn: Connection, row: Row[Any]) -> AnyWrite | None:
    """The row's write; None if it does not fit its type: then it is given up, and says so."""
    try:
        write: AnyWrite = decode(row.body, AnyWrite)  # type: ignore[arg-type]
    except ValueError as error:
        _end(conn, row.key, {"state": "denied", "why": f"cannot be read: {error}", "settled_at": datetime.now(UTC)})
        return None
    return write


def _results(conn: Connection, key: str) -> dict[str, Receipt]:
    return {row.key: decode(row.receipt, Receipt) for row in conn.execute(_RESULTS, {"of_key": key})}


def _settled(outcome: Outcome, now: datetime) -> dict[str, Any]:
    tag = str(outcome.__struct_config__.tag)
    values: dict[str, Any] = {"state": "done" if tag == "already_done" else tag, "why": getattr(outcome, "why", "")}
    match outcome:
        case Done() | AlreadyDone() | Adopted() | NoOp():
            return values | {"receipt": encode(outcome.receipt), "settled_at": now}
        case Held():
            return values | {"not_before": outcome.until}
        case Failed() | Unknown():
            return values | {"not_before": outcome.retry_at}
        case DryRun() | Overridden() | Stale() | Denied():
            return values | {"settled_at": now}


def _end(conn: Connection, key: str, values: Mapping[str, Any]) -> None:
    """Stores the new state; if it is an end, whoever waits for this write's result goes on, or ends with it."""
    conn.execute(update(outbox).where(outbox.c.key == key).values(values))
    if "settled_at" not in values:
        return
    waiting = and_(OPEN, outbox.c.key.in_(select(dependencies.c.key).where(dependencies.c.needs == key)))
    if values["state"] in FRUITFUL:
        conn.execute(update(outbox).where(waiting).values(unmet=outbox.c.unmet - 1))
        return
    orphan = {"state": "stale", "why": _orphaned(key, values["state"]), "settled_at": values["settled_at"]}
    for dependent in conn.scalars(select(outbox.c.key).where(waiting)).all():
        _end(conn, dependent, orphan)


def _hold_what_follows(conn: Connection, lane: Lane, seq: int, held: Held) -> None:
    """Else a later write would overtake, and each would ask GitHub in vain whether it is still wanted."""
    here = and_(OPEN, outbox.c.lane_repo == lane.repo, outbox.c.lane_number == lane.number, outbox.c.seq > seq)
    sooner = here & outbox.c.state.in_(("waiting", "held")) & (outbox.c.not_before < held.until)
    conn.execute(update(outbox).where(sooner).values(state="held", why=held.why, not_before=held.until))


def _orphaned(key: str, state: str) -> str:
    return f"needs the result of {key}, which ended as {state}"
