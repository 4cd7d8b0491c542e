"""Whether an issue can be worked on, and what is missing if not."""

from bot.policy.triage.judging import judge, says_nothing
from bot.policy.triage.rules import DEFAULT, TriageRules

__all__ = ["DEFAULT", "TriageRules", "judge", "says_nothing"]
