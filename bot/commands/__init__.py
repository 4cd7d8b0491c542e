"""Slash commands that no event shares: `COMMANDS`, `gather` and `decide`, as in a handler. Found by `bot.registry`."""
