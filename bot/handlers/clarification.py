"""Knows whose turn it is: a human's answer closes the open question, takes its label away and wakes triage."""

import msgspec

from bot.messages.clarification import render_reminder
from bot.model.commands import Command, Permission
from bot.model.conditions import BodyIs, IssueIsOpen, QuestionIsOpen
from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.events import Event
from bot.model.facts import Comment, Issue
from bot.model.markers import Marker, digest
from bot.model.questions import LABEL_REMOVED, NEVER_PUT, NOBODY, SAID_SO, Question
from bot.model.records import GivenBack, QuestionAnswered, QuestionAsked
from bot.model.writes import PostComment, RemoveLabel
from bot.policy.breaker import RULE as BREAKER
from bot.policy.clarification import Answer, answer_in, is_after, may_answer
from bot.policy.freshness import is_older, shows
from bot.policy.reply import reply
from bot.policy.substance import adds_something
from bot.policy.triage import says_nothing
from bot.ports import NotYet, Read

WHILE_HELD = True
COMMENTED = frozenset({("issue_comment", "created"), ("issue_comment", "edited")})
DESCRIBED = frozenset({("issues", "edited")})
ON = (
    COMMENTED
    | DESCRIBED
    | {("issue_comment", "deleted"), ("issues", "labeled"), ("issues", "unlabeled"), ("wake", "reminder")}
)

COMMANDS = (
    Command(
        name="answered",
        summary="Closes the open question: the answer is known, wherever it was given.",
        may=Permission.TRIAGE,
        examples=("/answered",),
    ),
)


#: What triage said of an issue of which it does not know enough. More words are a reason to look again; an issue that
#: is ready, or that triage has never seen, is left to those who discuss it.
UNSETTLED = frozenset({"needs clarification", "human-needed", "waiting", "held", BREAKER})
#: Earlier decisions among which triage's last one is looked for.
PAST = 200


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`permissions` holds the role of every human who wrote in the thread or caused the event.

    `looked` is the rule by which triage decided last, empty if it has not. While no question is open, `comments` holds
    at most the comment that the event tells of. `question` is open, or void and not replaced: then it may still be
    answered. `is_overtaken`: it is on its way, and the description is not the one it asks about any more.
    """

    question: Question | None
    questions: tuple[Question, ...] = ()
    issue: Issue | None = None
    comments: tuple[Comment, ...] = ()
    permissions: dict[str, Permission] = {}
    looked: str = ""
    is_overtaken: bool = False


async def gather(event: Event, read: Read) -> Facts:
    questions = await read.store.questions(event.subject)
    question = next((one for one in reversed(questions) if not one.answered_by), None)
    if question is None and questions and questions[-1].is_void and await _looked(event, read) in UNSETTLED:
        question = questions[-1]
    if question is None:
        return await _gather_unasked(event, questions, read)
    issue = await _issue(event, read)
    comments = await read.github.comments(event.subject)
    if event.by_human and not shows(comments, event) and read.may_lag(event):
        raise NotYet(f"GitHub does not list comment {event.comment} everywhere yet as the event tells of it")
    people = [comment.author for comment in comments] + ([event.sender] if event.sender else [])
    logins = sorted({person.login for person in people if person.is_human})
    permissions = {login: await read.github.permission(event.repo, login) for login in logins}
    return Facts(
        question=question,
        questions=questions,
        issue=issue,
        comments=comments,
        permissions=permissions,
        is_overtaken=issue is not None and await _is_overtaken(question, issue, read),
    )


async def _is_overtaken(question: Question, issue: Issue, read: Read) -> bool:
    """Whether the question is still on its way and will not go out: it was asked about another description."""
    write = await read.store.written(question.write_key) if question.comment is None and question.write_key else None
    about = [one.digest for one in write.only_if if isinstance(one, BodyIs)] if write else []
    return any(one != digest(issue.body) for one in about)


async def _issue(event: Event, read: Read) -> Issue | None:
    """As it is after the event: what a stale read does not show of it would be missed for ever (fault G7)."""
    issue = await read.github.issue(event.subject)
    if event.by_human and is_older(issue, event) and read.may_lag(event):
        raise NotYet(f"GitHub does not show #{event.number} everywhere yet as the event tells of it")
    return issue


async def _looked(event: Event, read: Read) -> str:
    past = await read.store.reasons(event.subject, PAST)
    return next((one.rule for one in past if one.handler == "triage"), "")


async def _gather_unasked(event: Event, questions: tuple[Question, ...], read: Read) -> Facts:
    """While no question is open, only what a person does is read about, and GitHub is asked for no more than that."""
    person = event.sender if event.sender and event.sender.is_human else None
    if event.command or (event.label and person):
        return Facts(question=None, questions=questions, issue=await _issue(event, read))
    if person is None or event.kind not in (COMMENTED | DESCRIBED):
        return Facts(question=None)
    looked = await _looked(event, read)
    if event.kind in COMMENTED:
        said = await read.github.comment(event.repo, event.comment) if looked in UNSETTLED else None
        comments = (said,) if said else ()
        if looked in UNSETTLED and not shows(comments, event) and read.may_lag(event):
            raise NotYet(f"GitHub does not show comment {event.comment} everywhere yet as the event tells of it")
        return Facts(question=None, comments=comments, looked=looked)
    if not looked:
        return Facts(question=None)
    issue = await _issue(event, read)
    permissions = {person.login: await read.github.permission(event.repo, person.login)}
    return Facts(question=None, issue=issue, permissions=permissions, looked=looked)


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    question, issue = facts.question, facts.issue
    if event.label and event.by_human and issue and (decision := _by_label(event, issue, facts, config)):
        return decision
    if question is None:
        return _unasked(event, facts, config)
    if issue is None:
        return _gone(event, question)
    if event.kind == ("wake", "reminder"):
        return _remind(issue, question)
    if event.kind == ("issue_comment", "deleted") and event.comment == question.comment:
        return _void(issue, question, facts)
    answer = answer_in(_since_asked(event, question, facts.comments), question, issue, facts.permissions, config.us)
    answer = answer or _answer_by_deed(event, facts, issue, question, config)
    if answer is None and _adds(event, facts, question):
        why = "A bystander has added something: another look, for which nobody's turn has changed."
        return Decision(rule="another look", why=why, wakes=(Wake(event.subject, "triage"),))
    if answer is None and event.kind in DESCRIBED and (question.is_void or facts.is_overtaken):
        return _never_put(event, question)
    if answer is None:
        return Decision(rule="still waiting", why=f"Nobody who may answer {question.asked_of}'s question has done so.")
    return Decision(
        rule="answered",
        why=f"{answer.by} answered ({answer.how}).",
        records=(QuestionAnswered(question=question.id, by=answer.by, how=answer.how),),
        writes=(RemoveLabel(key=f"unlabel/question/{question.id}", issue=issue.ref, label=config.clarification_label),),
        wakes=(Wake(event.subject, "triage"),),
    )


def _unasked(event: Event, facts: Facts, config: Config) -> Decision:
    """While no question is open, a person who adds something may be a reason to look at the issue again."""
    why = "No question is open on this issue."
    if event.command:
        writes = (reply(facts.issue, event.command, why),) if facts.issue else ()
        return Decision(rule="no question", why=why, writes=writes)
    if heard := _heard(event, facts, config):
        return Decision(rule="another look", why=heard, wakes=(Wake(event.subject, "triage"),))
    return Decision(rule="no question", why=why)


def _heard(event: Event, facts: Facts, config: Config) -> str:
    """What a person has added or taken away while nothing was asked; empty if that is nothing."""
    person, issue = event.sender, facts.issue
    if person is None or not person.is_human:
        return ""
    if event.kind in COMMENTED:
        return f"{person.login} has added something." if _adds(event, facts, None) else ""
    if issue is None:
        return ""
    if event.kind == ("issues", "unlabeled"):
        removed = _same(event.label, config.clarification_label) and event.label not in issue.labels
        return f"{person.login} has removed the label: nobody waits any more." if removed else ""
    role = facts.permissions.get(person.login, Permission.NONE)
    if event.kind not in DESCRIBED or not may_answer(person, role, issue, None):
        return ""
    if event.is_title_only:
        return f"{person.login} has changed the title."
    return f"{person.login} has edited the description." if _describes(issue, config) else ""


def _by_label(event: Event, issue: Issue, facts: Facts, config: Config) -> Decision | None:
    """The two labels of ours in a person's hand; None for what the rest of the rule decides."""
    person = event.sender.login if event.sender else ""
    is_set = event.kind == ("issues", "labeled")
    if not is_set and _same(event.label, config.human_label):
        rounds = max((one.round for one in facts.questions), default=0)
        return Decision(
            rule="given back",
            why=f"{person} gives the issue back; the rounds begin again.",
            records=(GivenBack(issue=issue.ref, rounds=rounds),),
            wakes=(Wake(issue.ref, "triage"),),
        )
    if not is_set or not _same(event.label, config.clarification_label):
        return None
    if facts.question and not facts.question.is_void:
        return None
    if not any(_same(event.label, label) for label in issue.labels):
        return Decision(rule="label gone", why="The label has been taken away again.")
    if not issue.is_open or not issue.author.is_human:
        return Decision(rule="nobody to wait for", why="Only the human author of an open issue is waited for.")
    by_hand = sum(one.round == 0 for one in facts.questions) + 1
    asked = QuestionAsked(
        id=f"{issue.id}/hand/{by_hand}",
        issue=issue.ref,
        round=0,
        asked_of=issue.author.login,
        write_key="",
        asked_at=event.happened_at or event.received_at,
    )
    why = f"{person} wants an answer from {issue.author.login}; nobody is asked twice."
    return Decision(rule="waiting by hand", why=why, records=(asked,))


def _remind(issue: Issue, question: Question) -> Decision:
    """Once for each question; an issue is never closed for want of an answer."""
    key = f"reminder/{question.id}"
    marker = Marker(issue.ref.repo.id, issue.id, "reminder", key)
    still_open = (IssueIsOpen(issue.ref), QuestionIsOpen(question.id))
    text = render_reminder(question.asked_of)
    comment = PostComment(key=key, issue=issue.ref, body=(text,), marker=marker, only_if=still_open)
    return Decision(rule="reminder", why=f"{question.asked_of} has not answered yet.", writes=(comment,))


def _gone(event: Event, question: Question) -> Decision:
    """Deleted or moved to another repository. After days that is no stale read: nobody is to be reminded any more."""
    gone = QuestionAnswered(question=question.id, by=NOBODY, how="the issue is gone")
    records = (gone,) if event.kind == ("wake", "reminder") else ()
    return Decision(rule="gone", why="The issue does not exist here any more.", records=records)


def _never_put(event: Event, question: Question) -> Decision:
    """The description has changed before the question went out, in hands that do not answer it: it is not put, and
    what is still missing now is asked anew."""
    closed = QuestionAnswered(question=question.id, by=NOBODY, how=NEVER_PUT)
    why = "The description was edited before the question went out: what is missing now is another question."
    return Decision(rule="overtaken", why=why, records=(closed,), wakes=(Wake(event.subject, "triage"),))


def _void(issue: Issue, question: Question, facts: Facts) -> Decision:
    """A question that nobody can read any more; its round stays used, so that it is asked again at most once."""
    if any(comment.id == question.comment for comment in facts.comments):
        return Decision(rule="still there", why="The question's comment has not been deleted after all.")
    return Decision(
        rule="void",
        why="Our question was deleted.",
        records=(QuestionAnswered(question=question.id, by=NOBODY, how="the question was deleted"),),
        wakes=(Wake(issue.ref, "triage"),),
    )


def _same(label: str, other: str) -> bool:
    return label.lower() == other.lower()


def _answer_by_deed(event: Event, facts: Facts, issue: Issue, question: Question, config: Config) -> Answer | None:
    """Editing the description, editing a comment and removing the question's label are answers as well."""
    person = event.sender
    if person is None or not person.is_human:
        return None
    if event.command:
        return Answer(person.login, SAID_SO)
    if event.kind == ("issues", "unlabeled"):
        removed = _same(event.label, config.clarification_label) and event.label not in issue.labels
        return Answer(person.login, LABEL_REMOVED) if removed else None
    if not may_answer(person, facts.permissions.get(person.login, Permission.NONE), issue, question):
        return None
    if event.kind in DESCRIBED and not event.is_title_only and not _was_before(event, question):
        return Answer(person.login, "description edited") if _describes(issue, config) else None
    if event.kind == ("issue_comment", "edited") and _adds(event, facts, question):
        return Answer(person.login, f"comment {event.comment} edited")
    return None


def _adds(event: Event, facts: Facts, question: Question | None) -> bool:
    """Whether the comment that this event tells of was written, or edited, after `question` by the person who wrote it,
    and says anything."""
    said = next((comment for comment in facts.comments if comment.id == event.comment), None)
    if event.kind not in COMMENTED or said is None or event.sender is None or said.author.id != event.sender.id:
        return False
    if not said.author.is_human or said.minimized or not adds_something(said.body):
        return False
    if question is None:
        return True
    return _since(question, said) if event.action == "edited" else is_after(said, question)


def _describes(issue: Issue, config: Config) -> bool:
    """Whether the description says anything: neither an untouched template nor only thanks and the like."""
    return adds_something(issue.body) and not says_nothing(issue.body, config.rules)


def _since_asked(event: Event, question: Question, comments: tuple[Comment, ...]) -> tuple[Comment, ...]:
    """The comments that can have come after the wish to ask.

    While the question is on its way, only the one this event tells of: an older one answered the round before, and
    what it left open is what is asked now.
    """
    if question.asked_at is not None:
        return comments
    return tuple(comment for comment in comments if comment.id == event.comment)


def _since(question: Question, comment: Comment) -> bool:
    """Whether `comment` was edited after the question. Within one second nobody knows: then the human is heard."""
    return question.asked_at is None or comment.updated_at >= question.asked_at


def _was_before(event: Event, question: Question) -> bool:
    """Whether the edit that is told of now was made before the question: that has been read by who asked."""
    return bool(question.asked_at and event.happened_at and event.happened_at < question.asked_at)
