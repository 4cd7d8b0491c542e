"""Names the bot makes: `[a-z0-9-]` and integers only, so that no shell, option or path can hide in them."""

import re
import unicodedata

_LONGEST_SLUG = 40


def branch_name(plan: int, title: str) -> str:
    """`interlock/<plan id>-<slug>`; the plan id makes it unique, the slug is for people."""
    ascii_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_title.lower())[:_LONGEST_SLUG].strip("-")
    return f"interlock/{plan}-{slug or 'work'}"
