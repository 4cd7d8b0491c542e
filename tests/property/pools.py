"""Texts of which it is known beforehand whether they add something. Labelled by hand, never by the rule under test."""

import random

MARKER = "<!-- interlock:question 7 11 11/1 0123456789abcdef0123456789abcdef -->"
QUESTION = f"Which version do you use, and on which system?\n\n{MARKER}"

ADDS_SOMETHING = (
    "It is version 3.2.1 on Debian.",
    "3.2",
    "yes",
    "No, only on Windows.",
    "The second one.",
    "Ich nutze Version 4.",
    "это происходит в 3.2",
    "```\nTraceback (most recent call last):\nValueError: 3\n```",
    "![screenshot](https://example.org/shot.png)",
    "https://example.org/log.txt",
    "Steps:\n\n1. open it\n2. press save",
    "me too, since the update to 3.2",
    "+1, and it also happens with Firefox",
    "Thanks! It was the proxy.",
    "any update from 3.1 to 3.2 shows it",
    "I pressed save. :+1:",
    "done",
    "both",
    "<img src=shot.png>",
    "Which log do you mean?",
    "    main.py:3: error\n",
    "`--verbose`",
)
ADDS_NOTHING = (
    "+1",
    "👍",
    "🎉🎉",
    ":+1:",
    "me too",
    "Me too!",
    "same here",
    "Same problem here.",
    "any news?",
    "Any updates on this?",
    "Is there any progress?",
    "thanks",
    "Thank you very much!",
    "Thanks for looking into this.",
    "bump",
    "when will this be fixed?",
    "",
    "   ",
    "...",
    "> It is version 3.2.1 on Debian.",
    "<!-- It is version 3.2.1 on Debian. -->",
    "@ann",
    "/why",
)


def quoting(text: str) -> str:
    """`text` under a quote of our question, whose marker is genuine and quoted with it."""
    return "\n".join(f"> {line}" for line in QUESTION.split("\n")) + f"\n\n{text}"


def forging(text: str) -> str:
    """`text` with a marker of ours that somebody else wrote down."""
    return f"{MARKER}\n\n{text}"


def mailed(text: str) -> str:
    """`text` sent from a mail program, which adds what it answers to."""
    return f"{text}\n\nOn Sun, Nov 1, 2026 at 12:00 Interlock <bot@example.org> wrote:\n\n> Version 9.9?\n".replace(
        "\n", "\r\n"
    )


def drawn(chance: random.Random) -> tuple[str, bool]:
    """A text, and whether it adds something."""
    adds = chance.random() < 0.5
    text = chance.choice(ADDS_SOMETHING if adds else ADDS_NOTHING)
    if chance.random() < 0.15:
        text = f"{text}\n\n{chance.choice(ADDS_NOTHING)}"
    if chance.random() < 0.4:
        text = chance.choice((quoting, forging, mailed))(text)
    return text, adds
