"""How a question is asked: a row in the store, a label and one comment, sent only while it is still a question."""

from bot.model.conditions import Condition, IssueIsOpen, QuestionIsOpen
from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.facts import Issue
from bot.model.markers import Marker
from bot.model.records import QuestionAsked
from bot.model.writes import AddLabel, PostComment


def ask(
    issue: Issue,
    asked_of: str,
    text: str,
    why: str,
    config: Config,
    *,
    round_: int,
    only_if: tuple[Condition, ...] = (),
) -> Decision:
    """Asks `asked_of` (a login) what `text` says, as round `round_` of this issue."""
    question = f"{issue.id}/{round_}"
    still_asked = (IssueIsOpen(issue.ref), QuestionIsOpen(question), *only_if)
    key = f"question/{question}"
    asked = QuestionAsked(id=question, issue=issue.ref, round=round_, asked_of=asked_of, write_key=key)
    label = AddLabel(
        key=f"label/{question}",
        issue=issue.ref,
        label=config.clarification_label,
        cause=f"question/{question}",
        only_if=still_asked,
    )
    marker = Marker(issue.ref.repo.id, issue.id, "question", key)
    comment = PostComment(key=key, issue=issue.ref, body=(text,), marker=marker, only_if=still_asked)
    return Decision(rule="needs clarification", why=why, records=(asked,), writes=(label, comment))
