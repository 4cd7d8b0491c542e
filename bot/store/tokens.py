"""Tokens with which runners and `interlock attest` speak to the server. Only their SHA-256 is kept."""

import hashlib
import secrets
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select, update

from bot.store.errors import Conflict
from bot.store.schema import tokens
from bot.store.upsert import insert_or_ignore

#: So that a secret scanner knows one when it sees it.
PREFIX = "interlock_"


class Runner(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a token, and for which repository id; None is all."""

    name: str
    repository: int | None


def create(conn: Connection, name: str, repository: int | None, now: datetime) -> str:
    """A new token; this is the only time it can be seen. Raises Conflict if the name is taken."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = {"digest": _digest(token), "name": name, "repo": repository, "created_at": now}
    if not insert_or_ignore(conn, tokens, row):
        raise Conflict(f"there is a token named {name!r}; choose another name")
    return token


def check(conn: Connection, token: str) -> Runner | None:
    """Who holds this token; None if it was never given or is revoked.

    Looking up the digest tells an attacker's clock nothing about the token.
    """
    valid = select(tokens).where(tokens.c.digest == _digest(token), tokens.c.revoked_at.is_(None))
    row = conn.execute(valid).one_or_none()
    return None if row is None else Runner(name=row.name, repository=row.repo)


def revoke(conn: Connection, name: str, now: datetime) -> bool:
    """Whether there was such a token. Its name is not given again."""
    valid = update(tokens).where(tokens.c.name == name, tokens.c.revoked_at.is_(None))
    return conn.execute(valid.values(revoked_at=now)).rowcount == 1


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
