"""Questions the bot asked. Whether, where and when one was posted is read from the write that was to post it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, literal, select, update

from bot.model.codec import decode
from bot.model.ids import IssueRef, Repo
from bot.model.questions import NEVER_PUT, NOBODY, WAIVED, Question
from bot.model.records import QuestionAnswered, QuestionAsked
from bot.model.writes import Receipt
from bot.store.outbox import BARREN
from bot.store.schema import outbox, questions
from bot.store.upsert import insert_or_ignore


def ask(conn: Connection, record: QuestionAsked, now: datetime) -> None:
    """Stores a question once, whatever else is asked under its id later."""
    row = {
        "id": record.id,
        "installation": record.issue.repo.installation,
        "repo": record.issue.repo.id,
        "number": record.issue.number,
        "round": record.round,
        "asked_of": record.asked_of,
        "write_key": record.write_key,
        "answered_by": "",
        "answered_how": "",
        "stored_at": record.asked_at or now,
    }
    insert_or_ignore(conn, questions, row)


def answer(conn: Connection, record: QuestionAnswered, now: datetime) -> None:
    """Closes the question if nobody has answered: the first answer stays."""
    is_unanswered = (questions.c.answered_by == "") | (questions.c.answered_how == NEVER_PUT)
    still_open = update(questions).where(questions.c.id == record.question, is_unanswered)
    conn.execute(still_open.values(answered_by=record.by, answered_how=record.how))


def of_issue(conn: Connection, issue: IssueRef) -> tuple[Question, ...]:
    """Every question of an issue, in the order in which they were asked."""
    here = _joined().where(questions.c.repo == issue.repo.id, questions.c.number == issue.number)
    return tuple(_question(row, issue) for row in conn.execute(here.order_by(questions.c.stored_at, questions.c.round)))


def open_of_issue(conn: Connection, issue: IssueRef) -> Question | None:
    """The newest question nobody has answered."""
    unanswered = [question for question in of_issue(conn, issue) if not question.answered_by]
    return unanswered[-1] if unanswered else None


def unanswered(conn: Connection, before: datetime) -> tuple[Question, ...]:
    """Open questions asked before `before`, less those of which somebody was reminded, oldest first."""
    reminder = outbox.alias()
    reminded = exists().where(reminder.c.key == literal("reminder/") + questions.c.id)
    asked = _joined().where(questions.c.answered_by == "", questions.c.stored_at < before, ~reminded)
    found = [
        _question(row, IssueRef(Repo(row.installation, row.repo), row.number))
        for row in conn.execute(asked.order_by(questions.c.stored_at, questions.c.id))
    ]
    return tuple(question for question in found if question.asked_at and question.asked_at < before)


def is_open(conn: Connection, question: str) -> bool:
    """Whether it was, or is going to be, put, and nobody has answered."""
    row = conn.execute(_joined().where(questions.c.id == question)).one_or_none()
    return row is not None and not row.answered_by and not _is_void(row)


def _joined() -> Select[Any]:
    return select(questions, outbox.c.receipt, outbox.c.state).outerjoin(outbox, outbox.c.key == questions.c.write_key)


def _question(row: Row[Any], issue: IssueRef) -> Question:
    receipt = decode(row.receipt, Receipt) if row.receipt else None
    return Question(
        id=row.id,
        issue=issue,
        round=row.round,
        asked_of=row.asked_of,
        write_key=row.write_key,
        comment=receipt.id if receipt else None,
        asked_at=_asked_at(row, receipt),
        answered_by=NOBODY if _is_void(row) else row.answered_by,
        is_waived=row.answered_how in WAIVED,
        is_void=_is_void(row),
    )


def _is_void(row: Row[Any]) -> bool:
    """Whether it was never put: withdrawn in time, or its comment has ended without effect. Else the row would stay
    open for ever, and what nobody was asked nobody answers."""
    return row.answered_how == NEVER_PUT or (not row.answered_by and row.state in BARREN)


def _asked_at(row: Row[Any], receipt: Receipt | None) -> datetime | None:
    """GitHub's time of the comment; of a question without one (a person set the label) the time of the label."""
    if not row.write_key:
        asked_at: datetime = row.stored_at
        return asked_at
    return datetime.fromisoformat(receipt.at) if receipt and receipt.at else None
