"""The world: all state, one counter for ids, one clock, and the one way a change becomes a webhook."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.sandbox import wire
from bot.sandbox.limits import Limits
from bot.sandbox.state import (
    ROLES,
    App,
    Comment,
    Installation,
    InstallationToken,
    Issue,
    Json,
    Label,
    Repository,
    Role,
    User,
    UserToken,
)
from bot.sandbox.webhooks import Webhooks

if TYPE_CHECKING:
    from bot.sandbox.git_host import GitHost


class World:
    """State of one sandbox. Rules are functions beside it that take a world; every change they make is emitted."""

    def __init__(self, git: GitHost, url: str = "http://127.0.0.1") -> None:
        self.git = git
        self.url = url  # origin of REST, HTML links and git alike
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.webhooks = Webhooks(self)
        self.limits = Limits(self.now)
        self.link_window = 0.005  # seconds an add of a sub-issue takes; see links.add_sub_issue
        self.users: dict[str, User] = {}  # lower-case login -> account
        self.repositories: dict[int, Repository] = {}
        self.former_names: dict[str, int] = {}  # lower-case full name before a rename -> repository id
        self.installations: dict[int, Installation] = {}
        self.tokens: dict[str, InstallationToken | UserToken] = {}
        self.issues: dict[int, Issue] = {}  # id -> issue, over all repositories
        self.comments: dict[int, Comment] = {}  # id -> comment, over all repositories
        self.adding_to: set[int] = set()  # ids of parents that a sub-issue is being added to right now
        self._app: App | None = None
        self._last_id = 1000

    @property
    def app(self) -> App:
        if self._app is None:
            raise LookupError("no App has been registered in this world")
        return self._app

    @app.setter
    def app(self, app: App) -> None:
        self._app = app

    def now(self) -> datetime:
        """UTC; GitHub shows whole seconds, so that is what the world keeps."""
        return self.clock().replace(microsecond=0)

    def new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def node_id(self, prefix: str, number: int) -> str:
        return f"{prefix}_kwDO{number:08d}"

    # Looking up

    def user(self, login: str) -> User:
        return self.users[login.lower()]

    def repository(self, full_name: str) -> Repository:
        found = self.find_repository(full_name)
        if found is None:
            raise LookupError(f"no repository {full_name} in this world")
        return found

    def find_repository(self, full_name: str) -> Repository | None:
        wanted = full_name.lower()
        return next((one for one in self.repositories.values() if one.full_name.lower() == wanted), None)

    def role(self, repository: Repository, user: User) -> Role | None:
        """The role a person was given; None means no more than the public has."""
        if user is repository.owner:
            return "admin"
        return repository.collaborators.get(user.login)

    def has_role(self, repository: Repository, user: User, least: Role) -> bool:
        role = self.role(repository, user)
        if role is None:
            return least == "read" and not repository.private
        return ROLES.index(role) >= ROLES.index(least)

    def find_label(self, repository: Repository, name: str) -> Label | None:
        """GitHub compares label names without regard to case."""
        return next((one for one in repository.labels.values() if one.name.lower() == name.lower()), None)

    # Making accounts and their tokens

    def add_user(self, login: str, kind: str = "User") -> User:
        if kind not in ("User", "Bot", "Organization"):
            raise ValueError(f"an account is a User, a Bot or an Organization, not {kind!r}")
        number = self.new_id()
        prefix = {"User": "U", "Bot": "BOT", "Organization": "O"}[kind]
        user = User(number, login, kind, self.node_id(prefix, number))  # type: ignore[arg-type]
        self.users[login.lower()] = user
        return user

    def issue_token(self, user: User) -> str:
        """A token that acts as this account, for as long as the sandbox runs."""
        token = f"ghp_{secrets.token_hex(18)}"
        self.tokens[token] = UserToken(token, user)
        return token

    # Telling the App

    def emit(self, event: str, action: str | None, *, repository: Repository, actor: User, **parts: object) -> None:
        """Send one change to every installation that covers the repository.

        `parts` are wire values (see `wire`) and become keys of the payload; the payload is fixed now, as the state
        is now. An event whose kind has no published schema is a programming error (LookupError): see `webhooks`.
        """
        for installation in self.installations.values():
            if installation.covers(repository):
                payload: Json = {"action": action} if action else {}
                payload |= parts
                payload["repository"] = (wire.push_repository if event == "push" else wire.webhook_repository)(
                    self, repository
                )
                if repository.owner.type == "Organization":
                    payload["organization"] = wire.organization(self, repository.owner)
                payload["installation"] = {"id": installation.id, "node_id": installation.node_id}
                payload["sender"] = wire.simple_user(self, actor)
                self.webhooks.offer(event, action, payload, installation, repository)
