"""The writes that make a planned child: it is created below its parent, and linked."""

from bot.model.conditions import EpicIsOpen, ParentIsThere, RunIsActive
from bot.model.config import Config
from bot.model.epics import NewChild
from bot.model.facts import Issue
from bot.model.markers import Marker
from bot.model.writes import AddLabel, AnyWrite, CreateIssue, LinkSubIssue, NumberOf, ResultOf


def creations(issue: Issue, children: tuple[NewChild, ...], run: int, config: Config) -> list[AnyWrite]:
    """Create, then link, child by child: links added in parallel fail with 422 (github-api.md section 7).

    An epic that is closed, or whose run is undone, gets no more children; but what was just created is linked.
    """
    writes: list[AnyWrite] = []
    is_active = RunIsActive(issue.ref, run)
    still_wanted = (is_active, EpicIsOpen(issue.ref))
    for child in children:
        parent = (ParentIsThere(issue.ref.repo, child.parent),) if child.parent else ()
        if not child.existing:
            writes.append(
                CreateIssue(
                    key=child.key,
                    repo=issue.ref.repo,
                    title=child.title,
                    body=(child.body,),
                    marker=Marker(issue.ref.repo.id, issue.id, "child", child.key),
                    labels=config.child_labels,
                    under=NumberOf(child.parent) if child.parent else 0,
                    only_if=(*still_wanted, *parent),
                )
            )
        writes.append(
            LinkSubIssue(
                key=f"link/{child.key}",
                parent=issue.ref,
                child=child.existing or ResultOf(child.key),
                under=NumberOf(child.parent) if child.parent else child.under,
                child_number=child.number or NumberOf(child.key),
                only_if=still_wanted if child.existing else (is_active,),
            )
        )
    return writes


def decomposed(issue: Issue, config: Config) -> AddLabel:
    return AddLabel(
        key=f"label/{issue.id}/decomposed", issue=issue.ref, label=config.decomposed_label, cause="decomposed"
    )
