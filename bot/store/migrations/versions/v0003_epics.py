"""Decompositions run by run, the plan shown last, and comments that are edited in place."""

import sqlalchemy as sa
from alembic import op

from bot.store.columns import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "runs",
        *_epic(),
        sa.Column("run", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("issue", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("repo", "epic", "run", name=op.f("pk_runs")),
    )
    op.create_table(
        "previews",
        *_epic(),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("children", sa.Text(), nullable=False),
        sa.Column("shown_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("repo", "epic", name=op.f("pk_previews")),
    )
    op.create_table(
        "texts",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("installation", sa.BigInteger(), nullable=False),
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("revised_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_texts")),
    )
    unfinished = sa.text("final IS false" if op.get_bind().dialect.name == "postgresql" else "final IS 0")
    op.create_index("texts_unfinished", "texts", ["revised_at"], sqlite_where=unfinished, postgresql_where=unfinished)
    op.execute(
        "INSERT INTO runs (repo, epic, run, issue, by, left_out, started_at, undone_by) "
        "SELECT repo, epic, 1, 0, login, '[]', 0, '' FROM commanders"  # 0: when they began was not written down
    )
    op.drop_table("commanders")
    with op.batch_alter_table("children", table_kwargs={"sqlite_autoincrement": True}) as children:
        children.add_column(sa.Column("number", sa.BigInteger(), nullable=False, server_default="0"))
        children.add_column(sa.Column("run", sa.Integer(), nullable=False, server_default="1"))
        children.add_column(sa.Column("undone", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("children", table_kwargs={"sqlite_autoincrement": True}) as children:
        for added in ("number", "run", "undone"):
            children.alter_column(added, server_default=None)


def _epic() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("epic", sa.BigInteger(), nullable=False),
    )
