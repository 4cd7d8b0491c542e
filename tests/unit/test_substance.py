"""What adds nothing is a closed list of ways to say nothing; everything else adds something."""

import pytest

from bot.policy.substance import adds_something

QUESTION = "> @ann, which version is it?\n>\n> <!-- interlock:question 1 2 30/1 0123456789abcdef0123456789abcdef -->"


@pytest.mark.parametrize(
    "text",
    [
        "", " \n\t", ".", "...", "?!", "---", "\u200b", "&nbsp;", "<br>", "<!-- hidden -->", "<!-- never closed",
        "+1", "+1!", "+1000", "1+", "++", "-1", "＋１", "+1 from me", "+1 to this", ":+1:", ":thumbsup: :tada:", "👍",
        "👍🏽👍",
        "❤️ 🚀", ":)", "^^", "<3",
        "me too", "Me too!", "Me too.", "same here", "Same issue here", "same for me", "I have the same problem",
        "I'm having the same issue too", "I’m seeing this too", "also affected", "we have the same bug as well",
        "+1, me too",
        "plus one", "update?", "any fix yet?", "still waiting for this", "friendly ping", "Looking forward to this!",
        "sorry to bother, any news?", "Could we get an update on this please?", "+1, would love to see this",
        "any news?", "Any update on this?", "Any updates yet?", "any progress", "Is there any news on this issue?",
        "ETA?",
        "What's the status?", "Whats the ETA on this", "Hi, any news here?", "when will this be fixed?", "bump",
        "ping @bob",
        "is anyone working on this?", "please fix this asap", "just checking in, any updates?",
        "Thanks!", "thank you so much", "Thanks for looking into this!", "Thanks @bob for the update 🎉", "thx",
        "Danke",
        "Great, thanks", "Awesome work!", "much appreciated", "following", "subscribing",
        "/why", "/help\n+1", QUESTION, f"{QUESTION}\n\n+1", f"{QUESTION}\n\nany news?",
        "me too\n\nOn Mon, Ann wrote:\n> It is 3.2", "+1\n\n-----Original Message-----\nIt is 3.2",
    ],
    ids=ascii,
)  # fmt: skip
def test_adds_nothing(text: str) -> None:
    assert not adds_something(text)


@pytest.mark.parametrize(
    "text",
    [
        "there is a workaround", "I updated it", "still happening", "I would like the first",
        "yes", "No.", "ok", "A", "2", "both", "the second", "the same", "the update", "here", "nope", "done",
        "fixed", "maybe",
        "3.2", "v3", "1️⃣", "macOS", "It is 3.2.1", "me too, on 3.2", "+1, version 4", "+1 with Firefox", "-1.5",
        "c++",
        "same here on Windows 11", "works for me too", "Thanks, it was the config", "Thanks! It works now.",
        "no news: it crashes", "Any update from 1 to 2 fails", "when it is released", "when I press save",
        "I still see it",
        "still the same error", "why?", "What exactly do you need?", "это не работает", "同じ", "nein",
        "```\ntrace\n```", "`x`", "`!`", "    at main.py:3\n", "![shot](https://example.org/a.png)",
        "<img src=a.png>",
        "<video src=a.mp4></video>", "<details><summary>log</summary>boom</details>", "https://example.org/log",
        "[log](https://example.org)", "<https://example.org>", "| a | b |", "- [x] Linux",
        f"{QUESTION}\n\nThe second one", f"{QUESTION}\n\n3.2", "/etc is missing", "/why\nIt is 3.2",
        "On Mon, Ann wrote:\n> Which?\n\n3.2", "+1 " * 200, "<!-- interlock:question 1 2 3 4 --> 3.2",
    ],
    ids=lambda text: ascii(text[:40]),
)  # fmt: skip
def test_when_in_doubt_it_adds_something(text: str) -> None:
    assert adds_something(text)
