"""What Alembic runs: the revisions, in the transaction of the connection that `bot.store.migrate` gave it."""

from alembic import context

from bot.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can roll back DDL too; Alembic does not rely on it by itself
)
context.run_migrations()
