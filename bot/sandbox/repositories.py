"""Rules of repositories: making, renaming, and who may do what in them."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.git_host import Person
from bot.sandbox.rest.errors import invalid
from bot.sandbox.state import Repository, Role, User
from bot.sandbox.world import World


async def create_repository(
    world: World,
    owner: User,
    name: str,
    *,
    private: bool = False,
    default_branch: str = "main",
    files: Mapping[str, str] | None = None,
) -> Repository:
    """A repository with one commit. Raises ApiError 422 when the name is taken."""
    if world.find_repository(f"{owner.login}/{name}") is not None:
        raise invalid("Repository", "name", "already_exists")
    number, now = world.new_id(), world.now()
    repo = Repository(number, world.node_id("R", number), name, owner, private, default_branch, now, now, now)
    await world.git.create(
        repo.id,
        default_branch=default_branch,
        files=files or {"README.md": f"# {name}\n"},
        author=person(owner),
        message="Initial commit",
    )
    world.repositories[repo.id] = repo
    return repo


async def fork_repository(world: World, source: Repository, actor: User) -> Repository:
    """A copy below the actor's account; the App hears nothing of it (`fork` has no published schema here).

    Raises ApiError 422 when the actor has a repository of that name already.
    """
    if world.find_repository(f"{actor.login}/{source.name}") is not None:
        raise invalid("Repository", "name", "already_exists")
    number, now = world.new_id(), world.now()
    node_id = world.node_id("R", number)
    fork = Repository(number, node_id, source.name, actor, source.private, source.default_branch, now, now, now)
    fork.fork_of = source
    await world.git.fork(source.id, fork.id)
    world.repositories[fork.id] = fork
    return fork


def rename_repository(world: World, repo: Repository, actor: User, name: str) -> None:
    """The old name answers 301 from now on, until another repository takes it."""
    if world.find_repository(f"{repo.owner.login}/{name}") is not None:
        raise invalid("Repository", "name", "already_exists")
    before, repo.name = repo.name, name
    world.former_names[f"{repo.owner.login}/{before}".lower()] = repo.id
    changes = {"repository": {"name": {"from": before}}}
    world.emit("repository", "renamed", repository=repo, actor=actor, changes=changes)


def set_role(repo: Repository, user: User, role: Role | None) -> None:
    """Give an account a role, or take it away; the App hears nothing of it (`member` has no published schema here)."""
    if role is None:
        repo.collaborators.pop(user.login, None)
    else:
        repo.collaborators[user.login] = role


def person(user: User) -> Person:
    """The account as an author of commits, with GitHub's no-reply address."""
    return Person(user.login, f"{user.id}+{user.login}@users.noreply.github.com")
