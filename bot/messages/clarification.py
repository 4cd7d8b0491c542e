"""What the bot asks when something is missing in an issue."""

from bot.messages.neutral import mention, neutral
from bot.model.judgement import Found, Judgement

_NAMES = {
    "steps": "how it comes about",
    "actual": "what happens",
    "expected": "what was expected",
    "version": "where",
}
_ARTICLES = {
    "bug": "a bug report",
    "feature": "a feature",
    "question": "a question",
    "docs": "a change of the documentation",
    "chore": "a piece of upkeep",
}


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


def render_missing(asked_of: str, judgement: Judgement) -> str:
    """One comment that asks for everything that is missing, the most important first, and for nothing else.

    It names what is understood already, so that nobody says it twice. Words of the issue are made harmless.
    """
    questions = "\n".join(
        f"{number}. {neutral(missing.question)}" for number, missing in enumerate(judgement.missing, start=1)
    )
    opening = "one thing is missing" if len(judgement.missing) == 1 else "some things are missing"
    understood = [line for found in judgement.understood if (line := _understood(found))]
    known = "\n\nUnderstood already:\n\n" + "\n".join(understood) if understood else ""
    return (
        f"{mention(asked_of)}, {opening} before somebody can start on this:\n\n{questions}{known}\n\n"
        "Answer in a comment or edit the description; either puts the issue back into triage."
    )


def _understood(found: Found) -> str:
    if found.name == "kind":
        return f"- this is {_ARTICLES[found.words]}" if found.words in _ARTICLES else ""
    words = neutral(found.words).replace("`", "'")
    return f"- {_NAMES.get(found.name, found.name)}" + (f": `{words}`" if words.strip() else "")
