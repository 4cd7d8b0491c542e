"""The last good configuration of each repository, so that a bad one, or a GitHub that is down, changes nothing."""

from datetime import datetime

from sqlalchemy import Connection, select

from bot.model.config import Adopted
from bot.model.ids import Repo
from bot.store.schema import configs
from bot.store.upsert import insert_or_replace


def adopt(conn: Connection, repo: Repo, body: str, now: datetime) -> None:
    """Makes `body` the text that is followed from now on; the same text again is no change."""
    known = adopted(conn, repo)
    if known is None or known.body != body:
        insert_or_replace(conn, configs, {"repo": repo.id, "body": body, "adopted_at": now})


def adopted(conn: Connection, repo: Repo) -> Adopted | None:
    row = conn.execute(select(configs).where(configs.c.repo == repo.id)).one_or_none()
    return None if row is None else Adopted(body=row.body, at=row.adopted_at)
