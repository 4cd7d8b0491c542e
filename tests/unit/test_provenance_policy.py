"""The gate: only the head of the planned worktree passes, and every refusal has its name."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.events import Evidence
from bot.model.facts import Pull
from bot.model.ids import Actor, IssueRef, Repo, Sha
from bot.model.plan import Attestation, Finding, Plan
from bot.policy.provenance import Case, judge, worst

REPO = Repo(1, 2)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
A, B, C = (Sha(letter * 40) for letter in "abc")


def plan(number: int) -> Plan:
    issue = IssueRef(REPO, number)
    return Plan(id=number, issue=issue, base_branch="main", base=Sha("0" * 40), branch=f"interlock/{number}-x")


def pull(head: Sha, base_ref: str = "main") -> Pull:
    return Pull(
        ref=IssueRef(REPO, 77), head=head, head_ref="interlock/6-x", head_repo=2, base_ref=base_ref, is_open=True,
        merged=False, author=Actor(1, "ann"),
    )  # fmt: skip


def sworn(number: int, head: Sha, *, dirty: bool = False, patch: str = "p", ident: int = 1) -> Attestation:
    evidence = Evidence(plan=number, head=head, tree=C, base=Sha("0" * 40), patch_id=patch, dirty=dirty)
    return Attestation(id=ident, evidence=evidence, received_at=NOW)


def verdict(
    head: Sha,
    *,
    planned: int | None = 6,
    newest: Attestation | None,
    others: tuple[Attestation, ...] = (),
    twins: tuple[Attestation, ...] = (),
    base_ref: str = "main",
) -> Finding:
    own = (newest,) if newest and newest.evidence.head == head else ()
    found = plan(planned) if planned else None
    return judge(Case(pull=pull(head, base_ref), plan=found, newest=newest, claims=(*own, *others), twins=twins))


@pytest.mark.parametrize(
    ("finding", "name", "conclusion"),
    [
        (verdict(A, newest=sworn(6, A)), "match", "success"),
        (verdict(B, newest=sworn(6, A)), "diverged", "failure"),
        (verdict(A, newest=None), "evidence_missing", "action_required"),
        (verdict(A, newest=sworn(6, A, dirty=True)), "evidence_missing", "action_required"),
        (verdict(B, newest=sworn(6, A), others=(sworn(5, B),)), "wrong_plan", "failure"),
        (verdict(B, newest=None, others=(sworn(5, B),)), "wrong_plan", "failure"),
        (verdict(A, newest=sworn(6, A), others=(sworn(5, A),)), "ambiguous", "failure"),
        (verdict(A, newest=sworn(6, A, dirty=True), others=(sworn(5, A),)), "ambiguous", "failure"),
        (verdict(A, newest=sworn(6, A), base_ref="release"), "base_moved_away", "failure"),
        (verdict(A, newest=sworn(6, A, patch="")), "empty", "failure"),
        (verdict(A, newest=sworn(6, A), twins=(sworn(5, B),)), "ambiguous", "failure"),
        (verdict(A, newest=sworn(6, A), twins=(sworn(6, B),)), "match", "success"),
        (verdict(B, newest=sworn(6, A), twins=(sworn(5, C),)), "diverged", "failure"),
        (verdict(A, planned=None, newest=None), "unplanned", "neutral"),
        (verdict(A, planned=None, newest=None, others=(sworn(5, A),)), "wrong_plan", "failure"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_way_to_fail_has_its_name(finding: Finding, name: str, conclusion: str) -> None:
    assert (finding.name, finding.conclusion) == (name, conclusion)


def test_a_refusal_names_both_commits_and_both_plans() -> None:
    finding = verdict(B, newest=sworn(6, A), others=(sworn(5, B),))
    assert (finding.expected, finding.actual, finding.plans) == (A, B, (6, 5))


evidence = st.builds(
    sworn, st.sampled_from([5, 6, 7]), st.sampled_from([A, B]), dirty=st.booleans(), patch=st.sampled_from(["", "p"])
)


@given(st.sampled_from([A, B]), st.sampled_from([None, 5, 6]), st.lists(evidence, max_size=6))
def test_success_means_the_newest_clean_evidence_of_this_plan_alone(
    head: Sha, planned: int | None, history: list[Attestation]
) -> None:
    """The oracle is written from the rule's sentence, not from the code."""
    own = [sworn_ for sworn_ in history if sworn_.evidence.plan == planned]
    claims = tuple(s for s in history if s.evidence.head == head)
    case = Case(
        pull=pull(head), plan=plan(planned) if planned else None, newest=own[-1] if own else None, claims=claims
    )
    passes = (
        planned is not None
        and bool(own)
        and not own[-1].evidence.dirty
        and own[-1].evidence.head == head
        and own[-1].evidence.patch_id != ""
        and all(s.evidence.plan == planned for s in claims)
    )
    assert (judge(case).conclusion == "success") == passes


def test_where_pull_requests_share_a_commit_the_worst_verdict_counts() -> None:
    good, bad = verdict(A, newest=sworn(6, A)), verdict(A, planned=None, newest=None, others=(sworn(6, A),))
    neutral = verdict(A, planned=None, newest=None)
    waiting = verdict(A, newest=None)
    assert worst((good, bad)) is bad
    assert worst((good, waiting)) is waiting
    assert worst((neutral, good)) is good
