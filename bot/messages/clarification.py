"""What the bot asks when something is missing in an issue."""

from bot.messages.neutral import mention, neutral, one_line
from bot.messages.second_opinion import render_asked_too
from bot.model.judgement import Found, Judgement, Missing

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


def render_reminder(asked_of: str) -> str:
    return (
        f"{mention(asked_of)}, the question above is still open. Nothing is closed for want of an answer, but "
        "nobody can start before there is one."
    )


def render_suggestion(judgement: Judgement) -> str:
    """What the issue looks like, and what a person might do about it."""
    if judgement.outcome == "epic":
        return (
            f"This looks like an epic: {neutral(judgement.why)}\n\nNothing is done unasked; `/decompose preview` shows "
            "what would be made of it."
        )
    return (
        f"This may be a duplicate: {neutral(judgement.why)}\n\nIf it is, close it with a pointer; if not, nothing "
        "has to be done."
    )


def render_persons_question(asked_of: str, question: str) -> str:
    return (
        f"{mention(asked_of)}, before anybody can start on this:\n\n> {neutral(question)}\n\n"
        "Answer in a comment or edit the description; either puts the issue back into triage."
    )


def render_triage(rule: str, why: str) -> str:
    return f"Triage says **{rule}**: {one_line(why)}"


def render_missing(asked_of: str, judgement: Judgement, asked_too: tuple[Missing, ...] = ()) -> str:
    """One comment that asks for everything that is missing, the most important first, and for nothing else.

    It names what is understood already, so that nobody says it twice. Words of the issue are made harmless.
    `asked_too` is what a program of the operator asks besides.
    """
    questions = [f"{number}. {neutral(missing.question)}" for number, missing in enumerate(judgement.missing, start=1)]
    lacks = "one thing is missing" if len(questions) + len(asked_too) == 1 else "some things are missing"
    opening = f"{mention(asked_of)}, {lacks} before somebody can start"
    understood = [line for found in judgement.understood if (line := _understood(found))]
    parts = [
        f"{opening} on this:\n\n" + "\n".join(questions) if questions else f"{opening} on this.",
        render_asked_too(asked_too, first=len(questions) + 1) if asked_too else "",
        "Understood already:\n\n" + "\n".join(understood) if understood else "",
        "Answer in a comment or edit the description; either puts the issue back into triage.",
    ]
    return "\n\n".join(part for part in parts if part)


def _understood(found: Found) -> str:
    if found.name == "kind":
        return f"- this is {_ARTICLES[found.words]}" if found.words in _ARTICLES else ""
    words = neutral(found.words).replace("`", "'")
    return f"- {_NAMES.get(found.name, neutral(found.name))}" + (f": `{words}`" if words.strip() else "")
