"""What each planned child stands under. Of those planned before it is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table(
        "children", recreate="always" if sqlite else "never", table_kwargs={"sqlite_autoincrement": True}
    ) as children:
        children.add_column(sa.Column("above", sa.Text(), nullable=True))
