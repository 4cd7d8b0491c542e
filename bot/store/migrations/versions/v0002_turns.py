"""Issues on hold, rounds begun again, who commanded an epic, and the last good configurations."""

import sqlalchemy as sa
from alembic import op

from bot.store.columns import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fresh_starts",
        *_issue("number"),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("repo", "number", name=op.f("pk_fresh_starts")),
    )
    op.create_table(
        "holds",
        *_issue("number"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("held_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("repo", "number", name=op.f("pk_holds")),
    )
    op.create_table(
        "commanders",
        *_issue("epic"),
        sa.Column("login", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("repo", "epic", name=op.f("pk_commanders")),
    )
    op.create_table(
        "configs",
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("adopted_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("repo", name=op.f("pk_configs")),
    )


def _issue(number: str) -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column(number, sa.BigInteger(), nullable=False),
    )
