"""Every text the bot shows, as pure functions: the only Markdown in the code."""
