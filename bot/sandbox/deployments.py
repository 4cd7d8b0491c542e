"""What GitHub tells when somebody has reported how a deployment went."""

from __future__ import annotations

from bot.sandbox import wire
from bot.sandbox.state import Deployment, DeploymentState, Repository, User
from bot.sandbox.world import World


def report(
    world: World, repo: Repository, actor: User, *, sha: str, ref: str, environment: str, state: DeploymentState
) -> Deployment:
    """A deployment of one commit with its first status. An environment called production is one (GitHub's default)."""
    one = Deployment(
        id=world.new_id(),
        status_id=world.new_id(),
        repository=repo,
        creator=actor,
        sha=sha,
        ref=ref,
        environment=environment,
        is_production=environment == "production",
        state=state,
        created_at=world.now(),
    )
    world.emit("deployment_status", "created", repository=repo, actor=actor, **wire.deployment_status(world, one))
    return one
