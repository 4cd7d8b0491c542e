"""What the bot asks when an issue says nothing."""

from bot.messages.neutral import mention, neutral


def render_question(asked_of: str) -> str:
    return (
        f"{mention(asked_of)}, this issue has no description yet, so nobody can start on it.\n\n"
        "**What should be true when it is done?** "
        "For a bug: what did you do, what happened, and what did you expect?\n\n"
        "Answer in a comment or edit the description; either puts the issue back into triage."
    )


def render_persons_question(asked_of: str, question: str) -> str:
    return (
        f"{mention(asked_of)}, before anybody can start on this:\n\n> {neutral(question)}\n\n"
        "Answer in a comment or edit the description; either puts the issue back into triage."
    )


def render_triage(rule: str, why: str) -> str:
    return f"Triage says **{rule}**: {why}"
