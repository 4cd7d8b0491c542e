"""Whether an issue can be worked on, and what is missing if not."""

from bot.model.triage_rules import DEFAULT, TriageRules
from bot.policy.triage.judging import judge, says_nothing

__all__ = ["DEFAULT", "TriageRules", "judge", "says_nothing"]
