"""When a description says nothing."""

import pytest

from bot.policy.triage import says_nothing

BUG_TEMPLATE = """**Describe the bug**
A clear and concise description of what the bug is.

**To Reproduce**
Steps to reproduce the behavior:
1. Go to '...'
2. Click on '....'
3. Scroll down to '....'
4. See error

**Desktop (please complete the following information):**
 - OS: [e.g. iOS]
 - Browser [e.g. chrome, safari]
 - Version [e.g. 22]
"""


@pytest.mark.parametrize(
    "body",
    [
        "",
        "  \r\n\t",
        "<!-- Please describe -->",
        "## Steps\n\n## Expected",
        "### Version\n\n_No response_\n\n### Steps\n\n_No response_",
        "- [ ]\n- [ ]",
        "> quoted mail",
        BUG_TEMPLATE,
        BUG_TEMPLATE.replace("\n", "\r\n"),
        "```\n```",
    ],
)
def test_nothing_and_the_untouched_skeleton_say_nothing(body: str) -> None:
    assert says_nothing(body)


@pytest.mark.parametrize(
    "body",
    [
        "It fails.",
        "### Version\n\n1.2\n\n### Steps\n\n_No response_",
        BUG_TEMPLATE.replace("Go to '...'", "Go to the signal box"),
        "## Steps\n\n```\nTraceback\n```",
        "    indented log",
        "![screenshot](https://x.test/a.png)",
        "- [ ] one task",
        "<!-- hint -->\nIt fails.",
        "It fails. <!-- hint -->",
        "**Describe the bug**\nIt fails.",
        "no response from the server",
    ],
)
def test_one_word_of_a_person_says_something(body: str) -> None:
    assert not says_nothing(body)
