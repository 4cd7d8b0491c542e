"""Which issue waits for which, and how each stands with what it waits for."""

import sqlalchemy as sa
from alembic import op

from bot.store.columns import Id, UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    numbers = ("source_repo", "source_number", *_end("blocked"), *_end("blocker"))
    op.create_table(
        "edges",
        sa.Column("id", Id, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in numbers),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "kind", "ends", "phrase")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edges")),
        sqlite_autoincrement=True,
    )
    for end in ("source", "blocked", "blocker"):
        op.create_index(f"edges_{end}", "edges", [f"{end}_repo", f"{end}_number"])
    op.create_table(
        "standings",
        sa.Column("repo", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("installation", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("looked_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("repo", "number", name=op.f("pk_standings")),
    )
    waiting = sa.text("waits IS true" if op.get_bind().dialect.name == "postgresql" else "waits IS 1")
    op.create_index("standings_waiting", "standings", ["looked_at"], sqlite_where=waiting, postgresql_where=waiting)


def _end(name: str) -> tuple[str, ...]:
    return (f"{name}_installation", f"{name}_repo", f"{name}_number")
