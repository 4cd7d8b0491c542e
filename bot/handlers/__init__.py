"""One file per reaction: `ON` or `COMMAND`, `gather` (reads) and `decide` (pure). Found by `bot.registry`."""
