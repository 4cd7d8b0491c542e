"""How often a write was left in doubt and how often it was refused, apart from how often it was tried."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("doubts", "refusals"):
        op.add_column("outbox", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE outbox SET doubts = 1 WHERE intent_at IS NOT NULL")
