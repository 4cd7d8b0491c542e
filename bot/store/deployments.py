"""Which commit was deployed last in each environment of a repository, as far as GitHub has told us."""

from datetime import datetime

from sqlalchemy import Connection, select

from bot.model.edges import Deployment
from bot.model.ids import Repo, Sha
from bot.model.records import DeploymentSeen
from bot.store.schema import deployments
from bot.store.upsert import insert_or_replace


def see(conn: Connection, record: DeploymentSeen, now: datetime) -> None:
    """Keeps the newest by GitHub's time, in whole seconds the one told last: events come late, twice, in any order."""
    new, repo = record.deployment, record.repo
    here = (deployments.c.repo == repo.id, deployments.c.environment == new.environment)
    known = conn.scalar(select(deployments.c.deployed_at).where(*here))
    if known is None or known <= new.at:
        row = {"repo": repo.id, "environment": new.environment, "head": str(new.head)}
        insert_or_replace(conn, deployments, row | {"production": new.is_production, "deployed_at": new.at})


def of_repository(conn: Connection, repo: Repo) -> tuple[Deployment, ...]:
    rows = conn.execute(select(deployments).where(deployments.c.repo == repo.id).order_by(deployments.c.environment))
    return tuple(
        Deployment(environment=row.environment, is_production=row.production, head=Sha(row.head), at=row.deployed_at)
        for row in rows
    )
