"""Whether an issue says anything that somebody could work on."""

import re

from bot.policy.markdown import outside_quotes, plain_text, tokens_of

#: What GitHub puts where a field of an issue form was left empty.
_NO_RESPONSE = "No response"
#: Prompts of the templates that GitHub itself offers when a repository sets up issue templates.
_PROMPTS = frozenset(
    {
        "a clear and concise description of what the bug is",
        "a clear and concise description of what you expected to happen",
        "a clear and concise description of what the problem is. ex. i'm always frustrated when [...]",
        "a clear and concise description of what you want to happen",
        "a clear and concise description of any alternative solutions or features you've considered",
        "add any other context about the problem here",
        "add any other context or screenshots about the feature request here",
        "if applicable, add screenshots to help explain your problem",
        "steps to reproduce the behavior",
        "go to '...'",
        "click on '....'",
        "scroll down to '....'",
        "see error",
        "os: [e.g. ios]",
        "browser [e.g. chrome, safari]",
        "version [e.g. 22]",
        "device: [e.g. iphone6]",
        "os: [e.g. ios8.1]",
        "browser [e.g. stock browser, safari]",
    }
)
_EMPTY_BOX = re.compile(r"\[[ xX]?\]")
_LABEL_ONLY = re.compile(r"(\*\*|__)[^*_]+(\*\*|__)\s*:?")


def says_nothing(body: str) -> bool:
    """Whether `body` is empty, or only the skeleton of a template: headings, comments, prompts, empty fields."""
    if not body.strip():
        return True
    heading = False
    for token in outside_quotes(tokens_of(body)):
        if token.type in ("fence", "code_block") and token.content.strip():
            return False
        heading = token.type == "heading_open" or (heading and token.type != "heading_close")
        if token.type == "inline" and not heading and not all(map(_is_skeleton, _lines(token.content))):
            return not plain_text(token) and not _has_image(token.content)
    return True


def _lines(content: str) -> list[str]:
    return [line.strip() for line in re.sub(r"<!--.*?-->", "", content, flags=re.DOTALL).splitlines()]


def _has_image(content: str) -> bool:
    return "![" in content or "<img" in content.lower()


def _is_skeleton(line: str) -> bool:
    words = line.strip("*_ ").rstrip(":.").strip("*_ ")
    return (
        not words
        or words == _NO_RESPONSE
        or words.lower() in _PROMPTS
        or bool(_EMPTY_BOX.fullmatch(words))
        or bool(_LABEL_ONLY.fullmatch(line))
    )
