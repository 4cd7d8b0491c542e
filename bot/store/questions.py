"""Questions the bot asked. Where and when one was posted is read from the receipt of the write that posted it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from bot.model.codec import decode
from bot.model.ids import IssueRef
from bot.model.questions import Question
from bot.model.records import QuestionAnswered, QuestionAsked
from bot.model.writes import Receipt
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
        "stored_at": now,
    }
    insert_or_ignore(conn, questions, row)


def answer(conn: Connection, record: QuestionAnswered, now: datetime) -> None:
    """Closes the question if it is open: the first answer stays."""
    still_open = update(questions).where(questions.c.id == record.question, questions.c.answered_by == "")
    conn.execute(still_open.values(answered_by=record.by, answered_how=record.how))


def of_issue(conn: Connection, issue: IssueRef) -> tuple[Question, ...]:
    """Every question of an issue, by round."""
    here = _joined().where(questions.c.repo == issue.repo.id, questions.c.number == issue.number)
    return tuple(_question(row, issue) for row in conn.execute(here.order_by(questions.c.round, questions.c.id)))


def open_of_issue(conn: Connection, issue: IssueRef) -> Question | None:
    """The newest question nobody has answered."""
    unanswered = [question for question in of_issue(conn, issue) if not question.answered_by]
    return unanswered[-1] if unanswered else None


def is_open(conn: Connection, question: str) -> bool:
    """Whether it was asked and nobody has answered."""
    return conn.scalar(select(questions.c.answered_by).where(questions.c.id == question)) == ""


def _joined() -> Select[Any]:
    return select(questions, outbox.c.receipt).outerjoin(outbox, outbox.c.key == questions.c.write_key)


def _question(row: Row[Any], issue: IssueRef) -> Question:
    receipt = decode(row.receipt, Receipt) if row.receipt else None
    return Question(
        id=row.id,
        issue=issue,
        round=row.round,
        asked_of=row.asked_of,
        write_key=row.write_key,
        comment=receipt.id if receipt else None,
        asked_at=datetime.fromisoformat(receipt.at) if receipt and receipt.at else None,
        answered_by=row.answered_by,
    )
