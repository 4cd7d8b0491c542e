"""Rules that are wrong on purpose: each a small change of the source, loaded beside the real module."""

import inspect
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import msgspec

from bot.policy import command_parsing, thread


@dataclass(frozen=True)
class Mutant:
    """`before` stands exactly once in the source of `module`; the mutant reads `after` in its place."""

    name: str
    module: ModuleType
    before: str
    after: str

    def load(self) -> ModuleType:
        source = inspect.getsource(self.module)
        if source.count(self.before) != 1:
            raise LookupError(f"{self.name}: {self.before!r} stands {source.count(self.before)} times in the source")
        mutated = ModuleType(self.module.__name__)
        exec(compile(source.replace(self.before, self.after), f"<{self.name}>", "exec"), vars(mutated))  # noqa: S102
        return mutated


US = 'if step.author_kind == "us":\n'
BOT = 'if step.author_kind == "bot":'
LATE = "step.created_at >= question.asked_at"
EMPTY = "and not adds_something(step.body):\n        return state, _nothing(state, f"
HUMAN_REMOVES = 'return _answered(state, step, "removed the label")'
BYSTANDER = 'return replace(state, needs_human=False), Turn("requeue", why)\n\n\ndef _after_edit'
DELETED = 'if step.author_kind != "us" or not question or not is_question:'
THREAD_MUTANTS = tuple(
    Mutant(name, thread, before, after)
    for name, before, after in (
        ("own comment answers", US, 'if step.author_kind == "us" and not (state.open and step.type == "comment"):\n'),
        ("quoted marker is ours", US, 'if step.author_kind == "us" or "<!-- interlock:" in (step.body or ""):\n'),
        ("comment before asked_at answers", LATE, "step.created_at != None"),
        ("comment at asked_at does not answer", LATE, "step.created_at > question.asked_at"),
        ("body edit ignored", 'if step.type in ("body_edited", "title_edited"):', "if False:"),
        ("label removed by a bot answers", BOT, 'if step.author_kind == "bot" and step.type != "unlabeled":'),
        ("label removed by a human ignored", HUMAN_REMOVES, 'return state, _nothing(state, "")'),
        ("another label answers", "if not _is_label(step.label, label):", "if not step.label:"),
        (
            "bystander uses up a round",
            BYSTANDER,
            "asked = Asked(round=1, asked_of=frozenset({state.author}), asked_at=state.open and state.open.asked_at)\n"
            f"    state = replace(state, questions=(*state.questions, asked))\n    {BYSTANDER}",
        ),
        ("bystander answers", "if _may_answer(state, step):\n", "if True:\n"),
        ("bystander is not heard", BYSTANDER, "return state, _nothing(state, why)\n\n\ndef _after_edit"),
        ('"+1" answers', EMPTY, "and not step.body.strip():\n        return state, _nothing(state, f"),
        ("hidden comment answers", "if step.minimized:", "if False:"),
        ("a bot answers", BOT, "if False:"),
        ("a title answers", 'if step.type == "title_edited" and state.open:', "if False:"),
        ("author who has another name now does not answer", 'step.author_kind == "author" or ', ""),
        ("author who is not called one does not answer", "{state.author, *state", "{*state"),
        ("assignee does not answer", "*state.assignees, ", ""),
        ("whoever was asked does not answer", "*(state.open.asked_of if state.open else ())", ""),
        ("write access does not answer", " or _may_write(step)", ""),
        ("triage may write", "role.at_least(Permission.WRITE)", "role.at_least(Permission.TRIAGE)"),
        ("a third question is asked", "ROUNDS = 2", "ROUNDS = 3"),
        ("one round only", "ROUNDS = 2", "ROUNDS = 1"),
        ("label set by hand is a round", "Asked(round=0, ", "Asked(round=1, "),
        ("what is told twice counts twice", "step.created_at is not None and step in state.seen", "False"),
        ("a question told late is still open", "state.heard_at > asked.asked_at", "False"),
        ("an old comment's edit is before the question", 'step.type != "comment_edited" or not any(', "True or any("),
        ("a deleted question stays open", DELETED, "if True:"),
        ("a deleted comment of anybody is a question", DELETED, "if not question:"),
        ("the same description answers", "step.body == state.body or ", ""),
        ("only who is heard changes the description", "or step.body is None", 'or turn.decision != "requeue"'),
    )
)
COMMAND_MUTANTS = tuple(
    Mutant(name, command_parsing, before, after)
    for name, before, after in (
        ("an edit re-runs old commands", "if already[name, arguments]:", "if False:"),
        ("an edit runs a repeated command once only", "already[name, arguments] -= 1", "pass"),
        ("quoted commands count", " or place.is_quoted:", ":"),
        ("folded commands count", "and self.elements == 0", ""),
        ("the mail's tail counts", "tails = tail_lines(lines)", "tails = frozenset()"),
        ("code spans count", "starts.get(at, False)", "starts.get(at, True)"),
        ("invisible characters do not matter", "and _is_plain(lines[number])", ""),
    )
)


def decisions(module: ModuleType, given: dict[str, Any]) -> list[str]:
    """What `module` (the real one or a mutant of it) decides after each step."""
    opening = msgspec.convert(given["opening"], module.Opening)
    steps = msgspec.convert(given["steps"], tuple[module.Step, ...])  # type: ignore[name-defined]
    return [turn.decision for turn in module.turns(opening, steps)]
