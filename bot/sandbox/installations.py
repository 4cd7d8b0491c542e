"""Rules of the App itself: registering, installing, suspending, and the tokens of an installation."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.sandbox import wire
from bot.sandbox.rest.errors import forbidden, unprocessable
from bot.sandbox.state import App, Installation, InstallationToken, Json, Repository, User
from bot.sandbox.world import World

TOKEN_LIFETIME = timedelta(hours=1)
LEVELS = ("read", "write", "admin")

DEFAULT_PERMISSIONS = {
    "metadata": "read",
    "issues": "write",
    "pull_requests": "write",
    "checks": "write",
    "contents": "read",
    "merge_queues": "read",
    "deployments": "read",
}
DEFAULT_EVENTS = (
    "issues",
    "issue_comment",
    "sub_issues",
    "issue_dependencies",
    "label",
    "milestone",
    "pull_request",
    "pull_request_review",
    "push",
    "merge_group",
    "check_run",
    "check_suite",
    "deployment_status",
    "repository",
    "create",
    "delete",
)


def register_app(world: World, slug: str, owner: User, *, permissions: Mapping[str, str], events: Iterable[str]) -> App:
    """Create the App with its bot account, a fresh RSA key and a webhook secret."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    number, now = world.new_id(), world.now()
    world.app = App(
        id=number,
        node_id=world.node_id("A", number),
        slug=slug,
        name=slug.capitalize(),
        client_id=f"Iv23li{secrets.token_hex(7)}",
        owner=owner,
        bot=world.add_user(f"{slug}[bot]", "Bot"),
        private_key=pem,
        webhook_secret=secrets.token_hex(20),
        permissions={"metadata": "read", **permissions},
        events=list(events),
        created_at=now,
        updated_at=now,
    )
    return world.app


def install(
    world: World, account: User, actor: User, *, repositories: Iterable[Repository] | None = None
) -> Installation:
    """Put the App on an account, for all its repositories (None) or for some."""
    number, now = world.new_id(), world.now()
    chosen = None if repositories is None else {repo.id for repo in repositories}
    app = world.app
    installation = Installation(
        number, world.node_id("IN", number), app, account, dict(app.permissions), list(app.events), chosen, now, now
    )
    world.installations[installation.id] = installation
    _emit(world, installation, "created", actor, repositories=_references(world, installation))
    return installation


def uninstall(world: World, installation: Installation, actor: User) -> None:
    """All its tokens are dead from now on."""
    _emit(world, installation, "deleted", actor, repositories=_references(world, installation))
    del world.installations[installation.id]
    for token in _tokens_of(world, installation):
        token.revoked = True


def suspend(world: World, installation: Installation, actor: User) -> None:
    installation.suspended_at, installation.suspended_by = world.now(), actor
    _emit(world, installation, "suspend", actor, repositories=_references(world, installation))


def unsuspend(world: World, installation: Installation, actor: User) -> None:
    installation.suspended_at = installation.suspended_by = None
    _emit(world, installation, "unsuspend", actor, repositories=_references(world, installation))


def add_repository(world: World, installation: Installation, repo: Repository, actor: User) -> None:
    """Of an installation on selected repositories; one on all repositories has nothing to add."""
    if installation.repository_ids is None:
        raise unprocessable("The installation covers all repositories already")
    installation.repository_ids.add(repo.id)
    _emit_repositories(world, installation, actor, added=[repo])


def remove_repository(world: World, installation: Installation, repo: Repository, actor: User) -> None:
    """An installation on all repositories becomes one on all the others."""
    if installation.repository_ids is None:
        installation.repository_ids = {one.id for one in covered(world, installation)}
    installation.repository_ids.discard(repo.id)
    _emit_repositories(world, installation, actor, removed=[repo])


def covered(world: World, installation: Installation) -> list[Repository]:
    return [repo for repo in world.repositories.values() if installation.covers(repo)]


def create_token(
    world: World,
    installation: Installation,
    *,
    repository_ids: Iterable[int] | None = None,
    permissions: Mapping[str, str] | None = None,
) -> InstallationToken:
    """A token for one hour, narrowed when asked. Raises ApiError 403 when suspended, 422 for more than was granted."""
    if installation.suspended_at is not None:
        raise forbidden("This installation has been suspended")
    chosen = None if repository_ids is None else frozenset(repository_ids)
    known = {repo.id for repo in covered(world, installation)}
    if chosen is not None and not chosen <= known:
        raise unprocessable(
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    token = InstallationToken(
        token=_token_text(installation.app),
        installation=installation,
        permissions=_narrowed(installation, permissions),
        repository_ids=chosen,
        expires_at=world.now() + TOKEN_LIFETIME,
    )
    world.tokens[token.token] = token
    return token


def revoke_tokens(world: World, installation: Installation) -> None:
    """Make every token of the installation answer 401 from now on."""
    for token in _tokens_of(world, installation):
        token.revoked = True


def ping(world: World, actor: User) -> None:
    """What GitHub sends when a webhook has been set up."""
    app = world.app
    hook = {
        "type": "App",
        "id": app.id,
        "name": "web",
        "active": True,
        "events": list(app.events),
        "config": {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": world.webhooks.url or ""},
        "created_at": wire.instant(app.created_at),
        "updated_at": wire.instant(app.updated_at),
        "app_id": app.id,
        "deliveries_url": f"{world.url}/app/hook/deliveries",
    }
    payload: Json = {"zen": "Keep it logically awesome.", "hook_id": app.id, "hook": hook}
    payload["sender"] = wire.simple_user(world, actor)
    world.webhooks.offer("ping", None, payload, None, None)


def _narrowed(installation: Installation, wanted: Mapping[str, str] | None) -> dict[str, str]:
    granted = {"metadata": "read", **installation.permissions}
    if not wanted:  # PyGithub sends an empty object where it means everything
        return granted
    for name, level in wanted.items():
        if level not in LEVELS or name not in granted or LEVELS.index(level) > LEVELS.index(granted[name]):
            raise unprocessable("The permissions requested are not granted to this installation.")
    return {"metadata": "read", **wanted}


def _token_text(app: App) -> str:
    """The stateless form GitHub rolls out since April 2026: about 520 characters, with dots and hyphens."""
    part = secrets.token_urlsafe
    return f"ghs_{app.id}_{part(30)}.{part(240)}.{part(110)}"


def _tokens_of(world: World, installation: Installation) -> list[InstallationToken]:
    known = [token for token in world.tokens.values() if isinstance(token, InstallationToken)]
    return [token for token in known if token.installation is installation]


def _references(world: World, installation: Installation) -> list[Json]:
    return [wire.repository_reference(repo) for repo in covered(world, installation)]


def _emit_repositories(
    world: World,
    installation: Installation,
    actor: User,
    *,
    added: Iterable[Repository] = (),
    removed: Iterable[Repository] = (),
) -> None:
    payload = _payload(world, installation, "added" if added else "removed", actor)
    payload |= {
        "repository_selection": "selected",
        "repositories_added": [wire.repository_reference(repo) for repo in added],
        "repositories_removed": [wire.repository_reference(repo) for repo in removed],
        "requester": None,
    }
    world.webhooks.offer("installation_repositories", payload["action"], payload, installation, None)


def _emit(world: World, installation: Installation, action: str, actor: User, **parts: object) -> None:
    payload = _payload(world, installation, action, actor) | parts
    world.webhooks.offer("installation", action, payload, installation, None)


def _payload(world: World, installation: Installation, action: str, actor: User) -> Json:
    return {
        "action": action,
        "installation": wire.installation(world, installation),
        "sender": wire.simple_user(world, actor),
    }
