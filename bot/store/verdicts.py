"""Verdicts on commits, each revision kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from bot.model.codec import decode, encode
from bot.model.ids import Repo, Sha
from bot.model.plan import Verdict
from bot.model.records import VerdictGiven
from bot.store.errors import Conflict
from bot.store.schema import verdicts
from bot.store.upsert import insert_or_ignore


def give(conn: Connection, record: VerdictGiven, now: datetime) -> None:
    """Stores the next revision; the same verdict again is no change. Raises Conflict if it is not the next."""
    new = record.verdict
    row = {
        "repo": new.repo.id,
        "head": str(new.head),
        "revision": new.revision,
        "installation": new.repo.installation,
        "tree": None if new.tree is None else str(new.tree),
        "name": new.name,
        "conclusion": new.conclusion,
        "summary": new.summary,
        "pulls": encode(new.pulls),
        "given_at": now,
    }
    is_next = new.revision == newest_revision(conn, new.repo, new.head) + 1
    if is_next and insert_or_ignore(conn, verdicts, row):
        return
    here = select(verdicts).where(_of(new.repo, new.head), verdicts.c.revision == new.revision)
    there = conn.execute(here).one_or_none()
    if there is None or _verdict(there, new.repo) != new:
        raise Conflict(f"verdict {new.revision} on {new.head} is not the next one any more")


def verdict(conn: Connection, repo: Repo, head: Sha) -> Verdict | None:
    """The newest verdict on a commit."""
    newest = select(verdicts).where(_of(repo, head)).order_by(verdicts.c.revision.desc()).limit(1)
    row = conn.execute(newest).one_or_none()
    return None if row is None else _verdict(row, repo)


def verdicts_on_tree(conn: Connection, repo: Repo, tree: Sha) -> tuple[Verdict, ...]:
    """The newest verdict on each commit that was judged with this tree."""
    heads = select(verdicts.c.head).where(verdicts.c.repo == repo.id, verdicts.c.tree == str(tree)).distinct()
    found = (verdict(conn, repo, Sha(head)) for head in conn.scalars(heads.order_by(verdicts.c.head)).all())
    return tuple(one for one in found if one is not None)


def newest_revision(conn: Connection, repo: Repo, head: Sha) -> int:
    """0 if no verdict was given."""
    return conn.scalar(select(func.max(verdicts.c.revision)).where(_of(repo, head))) or 0


def _of(repo: Repo, head: Sha) -> Any:
    return (verdicts.c.repo == repo.id) & (verdicts.c.head == str(head))


def _verdict(row: Row[Any], repo: Repo) -> Verdict:
    return Verdict(
        repo=repo,
        head=Sha(row.head),
        tree=None if row.tree is None else Sha(row.tree),
        revision=row.revision,
        name=row.name,
        conclusion=row.conclusion,
        summary=row.summary,
        pulls=decode(row.pulls, tuple[int, ...]),
    )
