"""Does a comment add something? When in doubt it does: a missed human is worse than one more look (issue 3).

Only what is certainly empty adds nothing: quotes, emoji, "+1", "me too", "any news?", thanks and greetings, alone or
together. One word beyond them ("me too, on 3.2") and the comment counts.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import takewhile
from typing import Any, NamedTuple

from markdown_it import MarkdownIt

from bot.policy.command_parsing import blocks_of, without_bare_commands
from bot.policy.mail import attribution_lines, tail_lines
from bot.policy.markdown import outside_quotes

_INLINE = MarkdownIt("commonmark")
_MOST_READ = 8_000  # characters of Markdown, and
_MOST_EMPTY = 400  # characters without it; nobody says nothing at greater length
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)[^<>]*>")
_SHOWS = frozenset({"img", "video", "audio", "picture"})
_MENTION = re.compile(r"(?<![\w/])@[A-Za-z0-9][A-Za-z0-9-]*(?:/[A-Za-z0-9._-]+)?(?:\[bot\])?")
_SHORTCODE = re.compile(r":[a-z][a-z0-9_+-]*:|:[+-]1:")
_SMILEY = re.compile(r"(?<!\w)(?:[:;=8]'?-?[)(DPp|/\\]|<3|\^\^|xD)(?!\w)")
_VOTE = re.compile(r"(?<![\w.])(?:[Pp]lus (?:one|1)\b|[+-]\s?1(?:0{1,5}\b)?|1\s?\+|\+\++)(?![\w.]*\w)", re.ASCII)
_CLAUSE = re.compile(r"[.!?,;:\n\r()\u2026\u2013\u2014]+|\s-+\s")
_WORD = re.compile(r"[^\W_]+")


class Empty(NamedTuple):
    """One way to say nothing: a word of each set in `needs`, and none but those and `company`."""

    needs: tuple[frozenset[str], ...]
    company: frozenset[str]

    def is_all_of(self, words: set[str]) -> bool:
        return all(words & needed for needed in self.needs) and words <= self.company.union(*self.needs)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _empty(*needs: str, company: str) -> Empty:
    return Empty(tuple(_words(needed) for needed in needs), _words(company))


# Said around everything, and nothing when alone.
_POLITE = _words(
    "hi hello hey hallo dear everyone everybody folks guys maintainers team please pls plz kindly just and but so "
    "really very lol haha wow yay hooray regards cheers upvote"
)
_WAYS = (
    _empty(  # thanks
        "thanks thank thx ty tysm thankyou appreciate appreciated danke merci gracias obrigado grazie tak takk",
        company="you u much many big a lot ton million again all in advance for the your this that it help info "
        "information update updates reply answer response work fix hard great good quick looking looked look into at "
        "checking taking time effort support to i we of heads up sharing reporting vielen dank schon beaucoup muchas "
        "too everyone",
    ),
    _empty(  # me too
        "too also same well affected impacted",
        "i we me us here having facing seeing experiencing encountering hitting getting affected impacted love want "
        "need needed",
        company="am m ve re are is it this that the have has had got get see face experience encounter hit run running "
        "ran into exact exactly issue issues problem problems bug error thing for with to by as would d like feature "
        "happens happening happened occurs boat question yes yep yeah",
    ),
    _empty("same", company="issue problem bug exact question"),
    _empty("upvote", company="from me us to for this that it here too also on feature my side one another big"),
    _empty(  # any news?
        "any some what whats how hows there got eta status can could",
        "news update updates eta progress status movement timeline word",
        company="is are s do you have has been the yet here on about with for regarding this that it issue bug ticket "
        "one now just far already we i checking wondering in if new further more latest current of when a an get to "
        "back",
    ),
    _empty(
        "when",
        "will can could going",
        company="is this that it we you be get expect a fix fixed solved resolved released release merged shipped done "
        "ready available the issue bug in going to",
    ),
    _empty(
        "anyone anybody someone somebody",
        "working looking",
        company="is on this it into at yet still now the issue",
    ),
    _empty(  # hurry up
        "please asap urgently fix help prioritize prioritise hurry",
        "this it up asap us me soon urgently please pls plz",
        company="can could you someone somebody look at into have a take the issue bug solve soon be fixed need",
    ),
    _empty("checking", company="in back again on this it here just"),
    _empty("any", "fix solution workaround luck resolution", company="is there yet for to this it on issue bug found"),
    _empty("forward", "looking look", company="i we am m to this it a the fix release really"),
    _empty("waiting", company="still for this it the a an fix on update news i am m we here"),
    _empty("update updates", company="please"),
    _empty("bother", "sorry", company="to you all"),
    _empty("anyone anybody", company="there here"),
    _empty("would d", "love great nice", company="i we to have see this it be feature really very useful also too"),
    _empty(
        "bump bumping bumped ping pinging reminder news status eta",
        company="this up it again issue the thread friendly gentle a",
    ),
    _empty(  # I am here as well
        "following follow subscribing subscribed subscribe watching interested upvoting upvoted voting",
        company="this that it i we am m also too here in to for the issue thread",
    ),
    _empty(  # praise and good wishes
        "great nice good cool awesome amazing excellent wonderful perfect super lovely fantastic",
        company="job work stuff project one catch to know hear this that is it s would be morning afternoon evening "
        "day weekend have a all the idea you guys there",
    ),
)  # fmt: skip


def adds_something(text: str) -> bool:
    """Whether the writer of `text` says anything of his own that could help or answer.

    Quoted text, mail tails, hidden comments, mentions, emoji and bare command lines are not counted.
    Code, pictures, links and every unknown word are.
    """
    words = without_bare_commands(text) if "/" in text else text
    said = "\n".join(_own_words(words))
    if len(said) > _MOST_EMPTY:
        return True
    said = unicodedata.normalize("NFKC", said)  # full-width digits and the like are words as well
    for pattern, instead in ((_MENTION, " "), (_VOTE, " upvote "), (_SHORTCODE, " "), (_SMILEY, " ")):
        said = pattern.sub(instead, said)
    return any(not _is_empty(clause) for clause in _CLAUSE.split(said.lower().replace("’", "'")))


def _is_empty(clause: str) -> bool:
    words = set(_WORD.findall(clause.replace("'", " ")))
    return words <= _POLITE or any(way.is_all_of(words) or way.is_all_of(words - _POLITE) for way in _WAYS)


def _own_words(text: str) -> Iterator[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tails, attributions = tail_lines(lines), attribution_lines(lines)
    own = takewhile(lambda number: number not in tails, range(len(lines)))
    kept = "\n".join(lines[number] for number in own if number not in attributions)
    references: dict[str, Any] = {}
    blocks = list(outside_quotes(blocks_of(kept, references)))
    if sum(len(token.content) for token in blocks if token.type == "inline") > _MOST_READ:
        yield " a long text "
        return
    for token in blocks:
        if token.type in ("fence", "code_block"):
            yield _as_content(token.content)
        elif token.type == "html_block":
            yield _shown(token.content)
        elif token.type == "inline":
            for child in _INLINE.parseInline(token.content, references)[0].children or []:
                if child.type in ("softbreak", "hardbreak"):
                    yield "\n"
                elif child.type == "code_inline":
                    yield _as_content(child.content)
                elif child.type in ("image", "link_open"):
                    yield " picture or link "
                else:
                    yield _shown(child.content) if child.type == "html_inline" else child.content


def _as_content(code: str) -> str:
    return f" code {code} " if code.strip() else " "


def _shown(html: str) -> str:
    """What a reader sees of raw HTML."""
    visible = _HIDDEN.sub(" ", html)
    return _TAG.sub(lambda tag: " picture " if tag[2].lower() in _SHOWS else " ", visible)
