"""What a sandbox holds when it starts: a JSON file, or the default railway company.

The file has the keys of `Seed`; each value has the keys of the dataclass named there. A key nobody knows is an
error that names it, so a typing mistake does not quietly make another world.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from bot.sandbox import catalog, installations, issues, repositories
from bot.sandbox.state import ROLES, Repository
from bot.sandbox.world import World

Record = TypeVar("Record")


class SeedError(ValueError):
    """The seed file is wrong; the message says where and what would be right."""


@dataclass(frozen=True)
class AccountSeed:
    """`type` is User, Bot (its login ends in `[bot]`) or Organization."""

    login: str
    type: str = "User"


@dataclass(frozen=True)
class IssueSeed:
    """An issue that is there already; nobody is told of it. `author` defaults to the repository's owner."""

    title: str
    body: str | None = None
    author: str | None = None
    labels: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RepositorySeed:
    """`collaborators` maps a login to admin, maintain, write, triage or read; `files` a path to its content."""

    full_name: str
    private: bool = False
    default_branch: str = "main"
    collaborators: dict[str, str] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    issues: list[dict[str, Any]] = field(default_factory=list)  # each an IssueSeed


@dataclass(frozen=True)
class AppSeed:
    """The App, owned by the first organization (or first account), installed on every owner of a repository."""

    slug: str = "interlock"
    permissions: dict[str, str] = field(default_factory=lambda: dict(installations.DEFAULT_PERMISSIONS))
    events: list[str] = field(default_factory=lambda: list(installations.DEFAULT_EVENTS))


@dataclass(frozen=True)
class Seed:
    """A whole world: `accounts` (AccountSeed), `repositories` (RepositorySeed) and `app` (AppSeed)."""

    accounts: list[AccountSeed]
    repositories: list[RepositorySeed]
    app: AppSeed


def default_seed() -> Seed:
    """`acme/railway` with one actor per role, a foreign bot, and the App installed."""
    roles = {"ada": "admin", "mia": "maintain", "will": "write", "tria": "triage", "rene": "read", "robo[bot]": "write"}
    people = [AccountSeed(login, "Bot" if login.endswith("[bot]") else "User") for login in [*roles, "nora"]]
    files = {"README.md": "# Railway\n\nSignals, points and trains.\n", "signals/main.txt": "red\n"}
    railway = RepositorySeed("acme/railway", collaborators=roles, files=files)
    return Seed([AccountSeed("acme", "Organization"), *people], [railway], AppSeed())


def read_seed(path: Path) -> Seed:
    """Read a seed file. Raises SeedError for anything that is not one."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SeedError(f"{path} is not JSON: {error}") from error
    known = {"accounts", "repositories", "app"}
    if not isinstance(data, dict) or set(data) - known:
        extra = f" (unknown: {', '.join(sorted(set(data) - known))})" if isinstance(data, dict) else ""
        raise SeedError(f"{path} must be an object with the keys {', '.join(sorted(known))}{extra}")
    return Seed(
        [_record(AccountSeed, one, "accounts") for one in _list(data, "accounts")],
        [_record(RepositorySeed, one, "repositories") for one in _list(data, "repositories")],
        _record(AppSeed, data.get("app", {}), "app"),
    )


async def plant(world: World, seed: Seed) -> None:
    """Make the world the seed describes. Raises SeedError."""
    for account in seed.accounts:
        if account.type not in ("User", "Bot", "Organization"):
            raise SeedError(f"accounts: {account.login} is a User, a Bot or an Organization, not {account.type!r}")
        world.add_user(account.login, account.type)
    for one in seed.repositories:
        await _plant_repository(world, one)
    owners = list(dict.fromkeys(repo.owner for repo in world.repositories.values()))
    if not owners:
        raise SeedError("repositories: at least one is needed")
    installations.register_app(
        world, seed.app.slug, owners[0], permissions=seed.app.permissions, events=seed.app.events
    )
    for owner in owners:
        installations.install(world, owner, owner)


async def _plant_repository(world: World, seed: RepositorySeed) -> None:
    owner_login, _, name = seed.full_name.partition("/")
    owner = world.users.get(owner_login.lower())
    if owner is None or not name:
        raise SeedError(f"repositories: {seed.full_name!r} is not owner/name with an owner among the accounts")
    repo = await repositories.create_repository(
        world, owner, name, private=seed.private, default_branch=seed.default_branch, files=seed.files
    )
    for login, role in seed.collaborators.items():
        if login.lower() not in world.users or role not in ROLES:
            raise SeedError(f"{seed.full_name}: collaborator {login!r} has no account, or {role!r} is none of {ROLES}")
        repositories.set_role(repo, world.user(login), role)
    for name in seed.labels:
        catalog.create_label(world, repo, owner, name)
    for one in seed.issues:
        _plant_issue(world, repo, _record(IssueSeed, one, f"{seed.full_name}: issues"))


def _plant_issue(world: World, repo: Repository, seed: IssueSeed) -> None:
    author = world.users.get((seed.author or repo.owner.login).lower())
    if author is None:
        raise SeedError(f"{repo.full_name}: the author {seed.author!r} of {seed.title!r} has no account")
    labels = [world.find_label(repo, name) or catalog.create_label(world, repo, author, name) for name in seed.labels]
    issues.open_issue(world, repo, author, seed.title, seed.body, labels=labels)


def _list(data: dict[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    if not isinstance(value, list):
        raise SeedError(f"{key} must be a list")
    return value


def _record(kind: type[Record], data: Any, where: str) -> Record:
    """A flat record from a JSON object; SeedError for an unknown or a missing key."""
    known = {one.name: one for one in fields(kind)}  # type: ignore[arg-type]
    if not isinstance(data, dict) or set(data) - set(known):
        raise SeedError(f"{where}: {data!r} must be an object with no other keys than {', '.join(known)}")
    needed = [one.name for one in known.values() if one.default is MISSING and one.default_factory is MISSING]
    if set(needed) - set(data):
        raise SeedError(f"{where}: {data!r} lacks {', '.join(sorted(set(needed) - set(data)))}")
    return kind(**data)
