"""Which commit was deployed last in each environment."""

import sqlalchemy as sa
from alembic import op

from bot.store.columns import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deployments",
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("production", sa.Boolean(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("deployed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("repo", "environment", name=op.f("pk_deployments")),
    )
