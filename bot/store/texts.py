"""Living texts: comments of ours that are edited in place. Each wording has a revision; only the newest goes out."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.model.ids import IssueRef, Repo
from bot.model.records import TextRevised
from bot.model.texts import LivingText
from bot.store.errors import Conflict
from bot.store.schema import UNFINISHED_TEXT, texts
from bot.store.upsert import insert_or_replace


def revise(conn: Connection, record: TextRevised, now: datetime) -> None:
    """Raises Conflict if the revision is not the next one any more, unless only its being final is new."""
    text, repo = record.text, record.issue.repo
    before = living_text(conn, text.key)
    if text.is_final != before.is_final and (text.revision, text.digest) == (before.revision, before.digest):
        conn.execute(update(texts).where(texts.c.key == text.key).values(final=text.is_final))
        return
    if text.revision != before.revision + 1:
        raise Conflict(f"revision {text.revision} of {text.key} is not the next one any more")
    row = {"key": text.key, "revision": text.revision, "digest": text.digest, "final": text.is_final}
    where = {"installation": repo.installation, "repo": repo.id, "number": record.issue.number}
    insert_or_replace(conn, texts, row | where | {"revised_at": now})


def reopen(conn: Connection, text: str) -> None:
    """Something new is under way: the text is looked at again until a wording of it is final."""
    conn.execute(update(texts).where(texts.c.key == text).values(final=False))


def revision(conn: Connection, text: str) -> int:
    """The newest revision; 0 if there is none."""
    return conn.scalar(select(texts.c.revision).where(texts.c.key == text)) or 0


def living_text(conn: Connection, text: str) -> LivingText:
    row = conn.execute(select(texts).where(texts.c.key == text)).one_or_none()
    if row is None:
        return LivingText(key=text)
    return LivingText(key=text, revision=row.revision, digest=row.digest, is_final=row.final)


def unfinished(conn: Connection) -> tuple[IssueRef, ...]:
    """Where a text stands that is not final, the one that has waited longest first."""
    rows = conn.execute(select(texts).where(UNFINISHED_TEXT).order_by(texts.c.revised_at, texts.c.key))
    return tuple(IssueRef(Repo(row.installation, row.repo), row.number) for row in rows)
