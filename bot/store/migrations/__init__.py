"""Alembic revisions, applied by `bot.store.migrate`; one file each in `versions/`."""
