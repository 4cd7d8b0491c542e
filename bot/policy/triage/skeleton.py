"""Which lines nobody wrote: prompts of templates, fields left empty, confirmations that every issue carries."""

import re

#: Prompts of the templates that GitHub itself offers when a repository sets up issue templates, and of common forms.
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
        "steps to reproduce the behaviour",
        "go to '...'",
        "click on '....'",
        "scroll down to '....'",
        "see error",
        "also tell us, what did you expect to happen?",
        "a bug happened!",
        "tell us what you see!",
        "first step",
        "second step",
        "third step",
        "step 1",
        "step 2",
        "step 3",
    }
)
#: What stands where nothing was filled in. GitHub itself writes "_No response_" into an empty field of a form.
_NOTHING = frozenset(
    {"no response", "n/a", "na", "none", "nothing", "tbd", "todo", "xxx", "null", "nil", "no answer", "?"}
)
#: A placeholder in brackets: `[e.g. iOS]`, `<your version>`, `{describe …}`, `(please complete …)`.
_PLACEHOLDER = re.compile(
    r"\s*[\[<({]\s*(?:e\.?\s?g\.?|ex\.|for example|insert|your|describe|please|add|paste|enter|fill|\.\.\."
    r"|…)[^\])>}\n]{0,200}[\])>}]?",
    re.IGNORECASE,
)
#: The voice of a template: it tells the reader what to write.
_ASKS = re.compile(
    r"(?:if applicable,? |optional:? ?)?(?:please )?"
    r"(?:describe|provide|include|explain|tell us|list|add|attach|paste|copy|fill|write|enter|give|share"
    r"|specify|replace"
    r"|clearly|briefly|in detail|a (?:clear|concise|short|brief|detailed|minimal|precise)|any (?:other"
    r"|additional|further|relevant)"
    r"|what (?:did|do|were|are|is|happened|should)|how (?:can|do|did)|which|use this|this (?:section|template"
    r"|form|is a template)"
    r"|thanks? (?:you )?for|before (?:you|submitting|opening)|make sure|check(?: all)? that)\b",
    re.IGNORECASE,
)
_OF_A_TEMPLATE = re.compile(
    r"\b(?:here|below|in detail|if applicable|if any|clear and concise|as (?:much|detailed)|any other"
    r"|additional (?:context|information|details)|you(?:'ve|'re| have| are| were| did| expected| expect| see"
    r"| saw| want"
    r"| use| ran)?|your (?:\w+ )?(?:issue|bug|problem|report|environment|setup|version|os|system|logs?|request"
    r"|idea|feature"
    r"|answer|description|steps|question)|step by step|what happened|what the (?:bug|problem|issue) is"
    r"|(?:describe|explain) the (?:bug|issue|problem)$|e\.g\.)(?![\w'])",
    re.IGNORECASE,
)
_I = re.compile(r"\b(?:I|I'm|my|me|we|our)\b")
_CONFIRMS = re.compile(
    r"(?:i|we|i've|yes,? i) (?:have |am |'m |'ve |agree|understand|confirm|searched|checked|read|would be|will|want)"
    r"(?=.{0,200}\b(?:search|issues?|duplicates?|docs|documentation|guidelines?|conduct|agree|willing"
    r"|pull request|PR|"
    r"latest|confirm|contribut|template|faq|readme))"
    r"|i agree\b|by submitting|code of conduct|are you willing|this is not a (?:question|duplicate|support|security)",
    re.IGNORECASE,
)
_BOX = re.compile(r"\[[ xX]?\](?:\s+|$)")


def is_skeleton(line: str, further: tuple[str, ...] = ()) -> bool:
    """Whether `line` (plain, without list marks) stands there although nobody wrote it, or says that nothing"
    " is said."""
    words = unmarked(line).replace("`", "")
    if not any(map(str.isalnum, words)):
        return True
    low = words.lower().rstrip(".: ")
    return (
        low in _NOTHING
        or low in _PROMPTS
        or any(low == prompt.lower().rstrip(".: ") for prompt in further)
        or _is_placeholder(words)
        or is_instruction(words)
    )


def is_instruction(words: str) -> bool:
    """Whether a template speaks to the author: an order or a question to "you", and no "I" anywhere."""
    return bool(len(words) < 400 and _ASKS.match(words) and _OF_A_TEMPLATE.search(words) and not _I.search(words))


def is_confirmation(words: str) -> bool:
    """Whether a box is the kind that is ticked without a thought: "I have searched the existing issues"."""
    return bool(_CONFIRMS.match(words))


def unmarked(line: str) -> str:
    """`line` without bold and italic marks and a box in front."""
    words = _BOX.sub("", line.strip().lstrip("*_ "), count=1)
    return words.replace("**", "").replace("__", "").strip("*_ \t")


def _is_placeholder(words: str) -> bool:
    """`OS: [e.g. iOS]`, `Version [e.g. 22]`, `<describe the bug>`: at most four words before the bracket."""
    match = _PLACEHOLDER.search(words[:300])
    if match is None or words[match.end() :].strip(" .:*_"):
        return False
    before = words[: match.start()].strip(" :*_-")
    return len(before.split()) <= 4
