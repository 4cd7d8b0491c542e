"""Who calls, and whether that caller may.

Sources: docs.github.com, "Permissions required for GitHub Apps", "Authenticating as a GitHub App",
"Repository roles for an organization".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from bot.sandbox.rest.errors import ApiError, bad_credentials, forbidden, not_found
from bot.sandbox.state import AppCaller, Caller, InstallationToken, Repository, Role, User, UserToken
from bot.sandbox.world import World

WORLD: web.AppKey[World] = web.AppKey("world", World)
CALLER: web.RequestKey[Caller | None] = web.RequestKey("caller")
ACCEPTED: web.RequestKey[str] = web.RequestKey("accepted")
LEVELS = ("read", "write", "admin")
_JWT_AHEAD = 600  # seconds; GitHub refuses a JWT that lives longer


def authenticate(world: World, authorization: str | None) -> Caller | None:
    """The caller behind an Authorization header; None without one. Raises ApiError 401."""
    if authorization is None:
        return None
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() not in ("bearer", "token") or not token:
        raise bad_credentials()
    known = world.tokens.get(token)
    if known is None:
        return _app_caller(world, token)
    if isinstance(known, InstallationToken) and (known.revoked or known.expires_at <= world.now()):
        raise bad_credentials()
    return known


def _app_caller(world: World, token: str) -> AppCaller:
    if token.count(".") != 2 or token.startswith("gh"):
        raise bad_credentials()
    app = world.app
    try:
        claims = _claims(token, app.private_key)
    except jwt.InvalidTokenError:
        raise ApiError(401, "A JSON web token could not be decoded") from None
    now = world.clock().timestamp()
    if claims["iss"] not in (str(app.id), app.client_id):
        raise ApiError(401, "Integration not found")
    if claims["exp"] <= now:
        raise ApiError(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time")
    if claims["exp"] > now + _JWT_AHEAD:
        raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
    if claims["iat"] > now + 1:
        raise ApiError(401, "'Issued at' claim ('iat') must be an Integer representing the time the JWT was issued")
    return AppCaller(app)


@lru_cache(maxsize=64)
def _claims(token: str, private_key: str) -> Mapping[str, Any]:
    """What a JWT says if its signature is right: asked about five times for each request. Raises InvalidTokenError."""
    claims: Mapping[str, Any] = jwt.decode(
        token,
        _public_key(private_key),
        algorithms=["RS256"],
        options={"require": ["iat", "exp", "iss"], "verify_iat": False, "verify_exp": False},  # by the world's clock
    )
    return claims


@lru_cache(maxsize=8)
def _public_key(private_key: str) -> bytes:
    public = load_pem_private_key(private_key.encode(), password=None).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def actor_of(caller: Caller | None) -> User | None:
    """The account in whose name the caller changes things: for an installation that is the App's bot."""
    if caller is None:
        return None
    if isinstance(caller, AppCaller):
        return caller.app.bot
    if isinstance(caller, InstallationToken):
        return caller.installation.app.bot
    return caller.user


def who(request: web.Request) -> str | None:
    """A stable name of the caller, the same for all tokens of one installation: limits are counted by it."""
    try:
        caller = authenticate(world_of(request), request.headers.get("Authorization"))
    except ApiError:
        return None
    if caller is None:
        return None
    if isinstance(caller, AppCaller):
        return f"app:{caller.app.id}"
    if isinstance(caller, InstallationToken):
        return f"installation:{caller.installation.id}"
    return f"user:{caller.user.login}"


def world_of(request: web.Request) -> World:
    return request.config_dict[WORLD]


def path_number(request: web.Request, name: str) -> int:
    """A number in the path; what is no number names nothing, hence 404."""
    text = request.match_info[name]
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise not_found()
    return int(text)


def require_app(request: web.Request) -> AppCaller:
    """Only the App's JWT may."""
    caller = request[CALLER]
    if not isinstance(caller, AppCaller):
        raise ApiError(401, "A JSON web token could not be decoded")
    return caller


def require(request: web.Request, accepted: str, *, role: Role | None = None) -> Repository:
    """The repository in the path, if the caller may do to it what the route does.

    `accepted` is written like GitHub's own header `x-accepted-github-permissions`: `issues=write; pull_requests=write`
    (`;` is or, `,` is and) and is sent as that header with a refusal. `role` is the least role of a person (default:
    `read` for reads and `write` for writes); what the public may do to a public repository counts as `read`.

    Raises ApiError: 301 for a former name, 401 without credentials, 403 without permission, 404 for what may not
    be seen.
    """
    request[ACCEPTED] = accepted
    world = world_of(request)
    repo = named_repository(request, world)
    caller = request[CALLER]
    is_read = "=write" not in accepted
    if not may_see(world, caller, repo):
        raise not_found()
    if caller is None:
        if not is_read:
            raise ApiError(401, "Requires authentication")
        return repo
    if isinstance(caller, InstallationToken):
        _require_permission(caller, repo, accepted, is_read=is_read)
    elif isinstance(caller, AppCaller):
        raise forbidden()
    elif not world.has_role(repo, caller.user, role or ("read" if is_read else "write")):
        raise forbidden(f"Must have {role or 'write'} rights to Repository.")
    if repo.archived and not is_read:
        raise forbidden("Repository was archived so is read-only.")
    return repo


def actor(request: web.Request) -> User:
    """The account a write is made by; a route asks after `require`, which has refused the anonymous."""
    found = actor_of(request[CALLER])
    if found is None:
        raise ApiError(401, "Requires authentication")
    return found


def may_push(request: web.Request, repo: Repository) -> bool:
    """Push access decides whether labels and assignees of a new issue are taken or dropped in silence."""
    caller = request[CALLER]
    if isinstance(caller, InstallationToken):
        return caller.covers(repo)
    if not isinstance(caller, UserToken):
        return False
    return world_of(request).has_role(repo, caller.user, "write")


def named_repository(request: web.Request, world: World) -> Repository:
    """The repository in the path, by name or id, whoever asks. Raises ApiError 301 or 404."""
    if "repository_id" in request.match_info:
        by_id = world.repositories.get(path_number(request, "repository_id"))
        if by_id is None:
            raise not_found()
        return by_id
    name = f"{request.match_info['owner']}/{request.match_info['repo']}"
    found = world.find_repository(name)
    if found is not None:
        return found
    moved = world.former_names.get(name.lower())
    if moved is None or not may_see(world, request[CALLER], world.repositories[moved]):
        raise not_found()
    rest = request.rel_url.raw_path.split("/", 4)[4:]
    path = "/".join([f"/repositories/{moved}", *rest])
    query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
    raise ApiError(301, "Moved Permanently", Location=f"{world.url}{path}{query}")


def may_write(world: World, caller: Caller | None, repo: Repository, accepted: str, role: Role) -> bool:
    """Whether the caller may change this repository: asked for pushes, and where a request touches two of them."""
    if repo.archived:
        return False
    if isinstance(caller, InstallationToken):
        is_active = caller.installation.suspended_at is None and caller.covers(repo)
        return is_active and any(_grants(caller.permissions, one) for one in accepted.split(";"))
    return isinstance(caller, UserToken) and world.has_role(repo, caller.user, role)


def may_see(world: World, caller: Caller | None, repo: Repository) -> bool:
    if not repo.private:
        return True
    if isinstance(caller, InstallationToken):
        return caller.covers(repo)
    if isinstance(caller, AppCaller):
        return any(one.covers(repo) for one in world.installations.values())
    return caller is not None and world.has_role(repo, caller.user, "read")


def _require_permission(token: InstallationToken, repo: Repository, accepted: str, *, is_read: bool) -> None:
    if token.installation.suspended_at is not None:
        raise forbidden("This installation has been suspended")
    if not token.covers(repo):
        if is_read and not repo.private:
            return
        raise forbidden()
    if not any(_grants(token.permissions, one) for one in accepted.split(";")):
        raise forbidden()


def _grants(permissions: dict[str, str], wanted: str) -> bool:
    """Whether all of `wanted` (`contents=write, pull_requests=write`) is granted; metadata=read always is."""
    for item in wanted.split(","):
        name, _, level = item.strip().partition("=")
        granted = permissions.get(name, "read" if name == "metadata" else None)
        if granted is None or LEVELS.index(granted) < LEVELS.index(level):
            return False
    return True
