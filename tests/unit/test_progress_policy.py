"""How far an epic is: what became of each planned child, and when nothing is left to do."""

from bot.model.epics import Progress, StoredChild
from bot.model.facts import Issue
from bot.model.ids import Actor, IssueRef, Repo
from bot.policy.progress import is_all_done, progress, so_far

REPO = Repo(1, 2)
NAME = "acme/railway"
REFUSED = "#2 is a sub-issue of #9 already; a human has to choose"


def issue(number: int, *, is_open: bool = True, parent: int = 0) -> Issue:
    return Issue(
        ref=IssueRef(REPO, number), id=1000 + number, title=f"issue {number}", body="", author=Actor(1, "ann"),
        labels=frozenset(), assignees=frozenset(), is_open=is_open, is_pull=False, repo_name=NAME,
        parent=f"{NAME}#{parent}" if parent else "",
    )  # fmt: skip


def child(number: int, *, failed: str = "") -> StoredChild:
    return StoredChild(key=f"k{number}", title=f"item {number}", run=1, id=1000 + number, number=number, failed=failed)


def test_a_child_that_could_not_be_linked_says_why_and_is_left_to_do() -> None:
    planned = (child(1), child(2, failed=REFUSED))
    lines = progress(planned, (issue(1, is_open=False),), {2: issue(2, parent=9)})
    assert lines[1] == Progress(title="issue 2", number=2, status="failed", why=REFUSED)
    assert not is_all_done(lines)
    assert so_far(planned)[1].status == "failed"


def test_a_child_that_people_have_linked_themselves_is_one_like_any_other() -> None:
    (direct,) = progress((child(2, failed=REFUSED),), (issue(2),), {})
    _, below = progress((child(1), child(2, failed=REFUSED)), (issue(1),), {2: issue(2, parent=1)})
    assert (direct.status, below.status) == ("open", "open")


def test_work_that_was_done_without_the_link_is_done() -> None:
    (line,) = progress((child(2, failed=REFUSED),), (), {2: issue(2, is_open=False, parent=9)})
    assert line.status == "done"


def test_what_was_deleted_or_taken_out_is_not_left_to_do() -> None:
    lines = progress((child(1), child(2), child(3)), (issue(1, is_open=False),), {2: None, 3: issue(3)})
    assert [line.status for line in lines] == ["done", "gone", "moved"]
    assert is_all_done(lines)
