"""The clarification rule once more, from the table of lessons section 3 alone. It imports nothing of the bot.

It keeps no state: every question is answered by looking at the whole list of steps again, so that a mistake in
keeping state cannot be made twice. Whether a text adds something it is told by whoever drew the text.
"""

from datetime import datetime
from functools import cache
from typing import Any

OUR_LABEL = "needs-clarification"
MAY_WRITE = {"write", "maintain", "admin"}


def expected(thread: dict[str, Any], adds: list[bool]) -> list[str]:
    """The decision after every step of `thread`; `adds[i]` tells whether the text of step i adds something."""
    opening, steps = thread["opening"], thread["steps"]

    def who(i: int) -> str:
        return str(steps[i]["author_kind"])

    def kind(i: int) -> str:
        return str(steps[i]["type"])

    def time(i: int) -> datetime | None:
        return datetime.fromisoformat(steps[i]["created_at"]) if i >= 0 and "created_at" in steps[i] else None

    def is_human(i: int) -> bool:
        return who(i) in ("author", "maintainer", "human")

    def is_told_twice(i: int) -> bool:
        return "created_at" in steps[i] and steps[i] in steps[:i]

    def is_our_comment(i: int) -> bool:
        return kind(i) == "comment" and who(i) == "us" and not is_told_twice(i)

    def number_of_question(i: int) -> int:
        return sum(is_our_comment(j) for j in range(i + 1))

    def is_on_our_label(i: int, deed: str) -> bool:
        return kind(i) == deed and steps[i]["label"] == OUR_LABEL and is_human(i) and not is_told_twice(i)

    @cache
    def begins_to_wait(i: int) -> bool:
        """Step i (-1: the opening) is a question of the first two rounds, or a human hand that sets the label."""
        if i < 0:
            return OUR_LABEL in opening["labels"]
        if is_our_comment(i):
            return number_of_question(i) <= 2
        return is_on_our_label(i, "labeled") and waits_since(i) is None

    @cache
    def waits_since(i: int) -> int | None:
        """The step at which the question was asked that is open just before step i."""
        began = [j for j in range(-1, i) if begins_to_wait(j)]
        if not began or any(ends(k, began[-1]) for k in range(i)):
            return None
        return began[-1]

    def ends(k: int, question: int) -> bool:
        if is_told_twice(k) or k == question:
            return False
        if kind(k) == "comment_deleted":
            return k > question >= 0 and who(k) == "us" and is_our_comment(question)
        if k < question:  # told before the question, but done after it
            asked, done = time(question), time(k)
            return asked is not None and done is not None and done > asked and is_our_comment(question) and answers(k)
        return answers(k) and not is_before(k, question)

    def is_before(k: int, question: int) -> bool:
        asked, done = time(question), time(k)
        if asked is None or done is None or done >= asked:
            return False
        carries_time_of_comment = kind(k) == "comment_edited" and any(
            (kind(j), steps[j]["author"], time(j)) == ("comment", steps[k]["author"], done) for j in range(k)
        )
        return not carries_time_of_comment

    @cache
    def may_answer(k: int) -> bool:
        if not is_human(k):
            return False
        login, role = steps[k]["author"], steps[k].get("permission")
        question = waits_since(k)
        asked = question is not None and question >= 0 and f"@{login}" in (steps[question].get("body") or "")
        is_maintainer = who(k) == "maintainer" and role is None
        is_author = who(k) == "author" or login.lower() == opening["author"]
        return is_author or is_maintainer or role in MAY_WRITE or login in opening["assignees"] or asked

    def is_change(k: int) -> bool:
        """Whether the description reads otherwise than before, whoever had edited it."""
        bodies = [steps[j]["body"] for j in range(k) if kind(j) == "body_edited" and not is_told_twice(j)]
        return bool(steps[k]["body"] != [opening["body"], *bodies][-1])

    @cache
    def answers(k: int) -> bool:
        """Whether step k answers a question that was asked before it. The table, row by row."""
        if kind(k) in ("comment", "comment_edited"):
            return may_answer(k) and adds[k] and not steps[k].get("minimized")
        if kind(k) == "body_edited":
            return may_answer(k) and adds[k] and is_change(k)
        return is_on_our_label(k, "unlabeled")

    @cache
    def needs_human(i: int) -> bool:
        third = [j for j in range(i) if is_our_comment(j) and number_of_question(j) > 2]
        return bool(third) and not any(
            (is_human(k) and decision(k) == "requeue") or (begins_to_wait(k) and not is_our_comment(k))
            for k in range(third[-1] + 1, i)
        )

    @cache
    def decision(i: int) -> str:
        rest = "human-needed" if needs_human(i) else "wait"
        waiting = waits_since(i)
        if is_told_twice(i):
            return rest
        if kind(i) == "comment_deleted":
            return "requeue" if waiting is not None and ends(i, waiting) else rest
        if is_our_comment(i):
            return "human-needed" if number_of_question(i) > 2 else rest
        if not is_human(i):
            return rest
        if is_on_our_label(i, "labeled"):
            return "wait" if waiting is None else rest
        if waiting is not None and is_before(i, waiting):
            return rest
        if kind(i) in ("comment", "comment_edited"):  # a bystander who adds something is a reason to look, too
            return "requeue" if adds[i] and not steps[i].get("minimized") else rest
        if kind(i) == "title_edited":
            return "requeue" if waiting is None and may_answer(i) else rest
        return "requeue" if answers(i) else rest

    return [decision(i) for i in range(len(steps))]
