"""What decisions leave behind, and how handlers read it again."""

from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import Connection, update

from bot.model import records as model
from bot.model.epics import NewChild, PlannedChild, Preview, Run
from bot.model.events import Evidence
from bot.model.ids import IssueRef, Repo, Sha
from bot.model.outcomes import Denied, Done, DryRun, Held, NoOp, Outcome, Overridden, Stale, Unknown
from bot.model.plan import Plan, Verdict
from bot.model.questions import NEVER_PUT, NOBODY, SAID_SO
from bot.model.texts import LivingText
from bot.model.writes import CloseIssue, LinkSubIssue
from bot.store import outbox, records, repositories
from bot.store.database import Database
from bot.store.errors import Conflict
from bot.store.ledger import StoreLedger
from bot.store.reader import StoreFacts
from bot.store.schema import outbox as outbox_table
from tests.store.given import LATER, NOW, REPO, add_writes, comment, create_issue, issue, label, link, receipt

SHA, OTHER, TREE, TREE_2 = Sha("a" * 40), Sha("b" * 40), Sha("c" * 40), Sha("d" * 40)
ASKED = model.QuestionAsked(id="9/1", issue=issue(), round=1, asked_of="ada", write_key="q1")


def plan(ident: int, number: int = 1, branch: str = "") -> Plan:
    name = branch or f"interlock/{ident}-x"
    return Plan(id=ident, issue=issue(number), base_branch="main", base=SHA, branch=name)


def evidence(of: int, head: Sha = SHA, tree: Sha = TREE, patch_id: str = "p") -> Evidence:
    return Evidence(plan=of, head=head, tree=tree, base=OTHER, patch_id=patch_id, dirty=False)


def verdict(revision: int, head: Sha = SHA, conclusion: str = "success", tree: Sha | None = TREE) -> Verdict:
    return Verdict(
        repo=REPO,
        head=head,
        tree=tree,
        revision=revision,
        name="match",
        conclusion=conclusion,
        summary="s",
        pulls=(4, 5),
    )


async def apply(db: Database, *found: model.AnyRecord) -> None:
    def all_of_them(conn: Connection) -> None:
        for record in found:
            records.apply(conn, record, NOW)

    await db.write(all_of_them)


async def settle_next(db: Database, outcome: Outcome) -> None:
    claim = await db.write(outbox.claim, worker="w", lease=15)
    assert claim is not None
    await db.write(outbox.settle, claim, outcome, NOW)


async def test_a_question_learns_its_comment_and_time_from_the_receipt(db: Database) -> None:
    await db.write(add_writes, comment("q1"))
    await apply(db, ASKED)
    asked = await StoreFacts(db).open_question(issue())
    assert asked is not None
    assert (asked.id, asked.round, asked.asked_of, asked.comment, asked.asked_at) == ("9/1", 1, "ada", None, None)
    await settle_next(db, Done(receipt(77)))
    asked = await StoreFacts(db).open_question(issue())
    assert asked is not None
    assert (asked.comment, asked.asked_at) == (77, datetime(2026, 3, 1, 12, tzinfo=UTC))


async def test_a_question_is_asked_once_and_answered_once(db: Database) -> None:
    await apply(db, ASKED, model.QuestionAsked(id="9/1", issue=issue(), round=1, asked_of="eve", write_key="q9"))
    assert await StoreLedger(db).question_is_open("9/1")
    await apply(
        db,
        model.QuestionAnswered(question="9/1", by="ada", how="comment"),
        model.QuestionAnswered(question="9/1", by="eve", how="late"),
    )
    (question,) = await StoreFacts(db).questions(issue())
    assert (question.asked_of, question.answered_by) == ("ada", "ada")
    assert await StoreFacts(db).open_question(issue()) is None
    assert not await StoreLedger(db).question_is_open("9/1")
    assert not await StoreLedger(db).question_is_open("never asked")


@pytest.mark.parametrize("end", [Stale("the description has been edited"), Denied("locked"), Overridden("by hand")])
async def test_a_question_whose_comment_never_went_out_is_void_and_can_still_be_answered(
    db: Database, end: Outcome
) -> None:
    await db.write(add_writes, comment("q1"))
    await apply(db, ASKED)
    assert await StoreLedger(db).question_is_open("9/1")
    await settle_next(db, end)
    (question,) = await StoreFacts(db).questions(issue())
    assert (question.is_void, question.answered_by, question.comment) == (True, NOBODY, None)
    assert await StoreFacts(db).open_question(issue()) is None
    assert not await StoreLedger(db).question_is_open("9/1")
    await apply(db, model.QuestionAnswered(question="9/1", by="ada", how=SAID_SO))
    (question,) = await StoreFacts(db).questions(issue())
    assert (question.is_void, question.answered_by, question.is_waived) == (False, "ada", True)


async def test_a_question_that_was_withdrawn_in_time_is_void_before_its_comment_has_ended(db: Database) -> None:
    await db.write(add_writes, comment("q1"))
    await apply(db, ASKED, model.QuestionAnswered(question="9/1", by=NOBODY, how=NEVER_PUT))
    (question,) = await StoreFacts(db).questions(issue())
    assert (question.is_void, question.answered_by) == (True, NOBODY)
    assert not await StoreLedger(db).question_is_open("9/1")


@pytest.mark.parametrize("outcome", [Held(LATER, "ceiling"), DryRun("dry run")])
async def test_a_question_that_waits_or_is_only_tried_is_open(db: Database, outcome: Outcome) -> None:
    await db.write(add_writes, comment("q1"))
    await apply(db, ASKED)
    await settle_next(db, outcome)
    asked = await StoreFacts(db).open_question(issue())
    assert asked is not None
    assert not asked.is_void


async def test_the_open_question_is_the_newest_unanswered_one_of_that_issue(db: Database) -> None:
    second = model.QuestionAsked(id="9/2", issue=issue(), round=2, asked_of="ada", write_key="q2")
    elsewhere = model.QuestionAsked(id="8/3", issue=issue(2), round=3, asked_of="ada", write_key="q3")
    await apply(db, second, ASKED, elsewhere)
    found = await StoreFacts(db).open_question(issue())
    assert found is not None
    assert found.id == "9/2"
    assert [question.round for question in await StoreFacts(db).questions(issue())] == [1, 2]


async def test_children_that_an_earlier_run_planned_are_not_repeated(db: Database) -> None:
    first = PlannedChild(key="1/a", title="A", above="")
    both = (first, PlannedChild(key="1/b", title="B", above="1/a"))
    await apply(db, model.ChildPlanStored(epic=issue(), run=Run(id=1, issue=9, by="ada"), children=both))
    again = (PlannedChild(key="1/a", title="renamed"), PlannedChild(key="1/c", title="C", existing=5, number=3))
    second = Run(id=2, issue=9, by="tria", left_out=("a plain line",))
    await apply(db, model.ChildPlanStored(epic=issue(), run=second, children=again))
    found = await StoreFacts(db).children(issue())
    assert [(child.key, child.title, child.run, child.id, child.number) for child in found] == [
        ("1/a", "A", 1, 0, 0),
        ("1/b", "B", 1, 0, 0),
        ("1/c", "C", 2, 5, 3),
    ]
    assert [child.above for child in found] == ["", "1/a", None]
    assert await StoreFacts(db).children(issue(2)) == ()
    assert await StoreFacts(db).runs(issue()) == (Run(id=1, issue=9, by="ada"), second)
    assert await StoreFacts(db).commander(issue()) == "tria"


async def test_a_child_that_is_planned_anew_takes_the_place_of_the_one_that_failed(db: Database) -> None:
    both = (PlannedChild(key="1/a", title="A"), PlannedChild(key="1/b", title="B"))
    await apply(db, model.ChildPlanStored(epic=issue(), run=Run(id=1, issue=9, by="ada"), children=both))
    again = (PlannedChild(key="1/a/again/1", title="A"),)
    run = Run(id=2, issue=9, by="ada")
    await apply(db, model.ChildPlanStored(epic=issue(), run=run, children=again, replaced=("1/a",)))
    assert [child.key for child in await StoreFacts(db).children(issue())] == ["1/b", "1/a/again/1"]
    assert [child.key for child in await StoreFacts(db).undone_children(issue())] == ["1/a"]


async def test_what_became_of_a_child_is_told_by_the_writes_that_create_and_link_it(db: Database) -> None:
    both = (PlannedChild(key="1/a", title="A"), PlannedChild(key="1/c", title="C", existing=5, number=3))
    await apply(db, model.ChildPlanStored(epic=issue(), run=Run(id=1, issue=9, by="ada"), children=both))
    linked = LinkSubIssue(key="link/1/c", parent=issue(), child=5)
    await db.write(add_writes, create_issue("1/a"), link("link/1/a", "1/a"), linked)
    assert [child.failed for child in await StoreFacts(db).children(issue())] == ["", ""]
    await settle_next(db, Done(receipt(77)))
    await settle_next(db, Done(receipt(77)))
    await settle_next(db, Denied("another has it"))
    found = await StoreFacts(db).children(issue())
    assert [(child.id, child.failed) for child in found] == [(77, ""), (5, "another has it")]


async def test_a_run_that_is_not_the_next_one_is_a_conflict(db: Database) -> None:
    await apply(db, model.ChildPlanStored(epic=issue(), run=Run(id=1, issue=9, by="ada"), children=()))
    for taken in (1, 3):
        with pytest.raises(Conflict):
            await apply(db, model.ChildPlanStored(epic=issue(), run=Run(id=taken, issue=9, by="tria"), children=()))
    assert await StoreFacts(db).runs(issue()) == (Run(id=1, issue=9, by="ada"),)


async def test_what_was_undone_is_no_planned_child_any_more(db: Database) -> None:
    both = (PlannedChild(key="1/a", title="A"), PlannedChild(key="1/b", title="B"))
    await apply(db, model.ChildPlanStored(epic=issue(), run=Run(id=1, issue=9, by="ada"), children=both))
    assert await StoreLedger(db).run_is_active(issue(), 1)
    assert not await StoreLedger(db).run_is_active(issue(), 2)
    await apply(db, model.RunUndone(epic=issue(), run=1, by="tria", children=("1/b",)))
    await apply(db, model.RunUndone(epic=issue(), run=1, by="late", children=()))
    assert [child.key for child in await StoreFacts(db).children(issue())] == ["1/a"]
    assert [child.key for child in await StoreFacts(db).undone_children(issue())] == ["1/b"]
    assert [run.undone_by for run in await StoreFacts(db).runs(issue())] == ["tria"]
    assert not await StoreLedger(db).run_is_active(issue(), 1)


async def test_what_was_given_up_is_undone_when_it_is_closed(db: Database) -> None:
    """Held until tomorrow, or kept after all: it is a planned child still. One that came afterwards is, too."""
    planned = tuple(PlannedChild(key=f"1/{name}", title=name) for name in "abc")
    await apply(db, model.ChildPlanStored(epic=issue(), run=Run(id=1, issue=9, by="ada"), children=planned))
    await db.write(add_writes, *(create_issue(child.key) for child in planned), link("link/1/c", "1/c"))
    for ident in (71, 72):
        await settle_next(db, Done(receipt(ident)))
    await settle_next(db, Unknown(LATER, "no answer"))
    assert [child.in_doubt for child in await StoreFacts(db).children(issue())] == [False, False, False]
    await db.write(
        lambda conn: conn.execute(update(outbox_table).where(outbox_table.c.key == "1/c").values(intent_at=NOW))
    )
    await apply(db, model.RunUndone(epic=issue(), run=1, by="tria", children=tuple(child.key for child in planned)))
    closes = [CloseIssue(key=f"undo/{ident}", issue=issue(ident)) for ident in (71, 72)]
    await db.write(add_writes, *closes)

    async def undone() -> list[str]:
        found = await StoreFacts(db).undone_children(issue())
        left = await StoreFacts(db).children(issue())
        assert {child.key for child in (*found, *left)} == {"1/a", "1/b", "1/c"}
        return [child.key for child in found]

    assert await undone() == []
    await settle_next(db, Done(receipt(71)))
    assert await undone() == ["1/a"]
    await settle_next(db, Stale("somebody has touched it"))
    assert await undone() == ["1/a"]


async def test_the_plan_shown_last_is_the_one_that_counts(db: Database) -> None:
    assert await StoreFacts(db).preview(issue()) is None
    for body in ("before", "after"):
        shown = Preview(body=body, children=(NewChild(key=body, title="T", parent="p", section=("S",)),))
        await apply(db, model.PreviewShown(epic=issue(), preview=shown))
    assert await StoreFacts(db).preview(issue()) == shown


async def test_only_the_next_wording_of_a_text_is_taken(db: Database) -> None:
    first = LivingText(key="summary/1", revision=1, digest="a", is_final=False)
    await apply(db, model.TextRevised(issue=issue(), text=first))
    with pytest.raises(Conflict):
        await apply(db, model.TextRevised(issue=issue(), text=first))
    assert await StoreFacts(db).unfinished_texts() == (issue(),)
    second = LivingText(key="summary/1", revision=2, digest="b")
    await apply(db, model.TextRevised(issue=issue(), text=second))
    assert await StoreFacts(db).living_text("summary/1") == second
    open_again = msgspec.structs.replace(second, is_final=False)
    await apply(db, model.TextRevised(issue=issue(), text=open_again))
    assert await StoreFacts(db).living_text("summary/1") == open_again
    await apply(db, model.TextRevised(issue=issue(), text=second))
    assert await StoreLedger(db).text_revision("summary/1") == 2
    assert await StoreFacts(db).living_text("summary/2") == LivingText(key="summary/2")
    assert await StoreFacts(db).unfinished_texts() == ()


async def test_a_plan_is_found_by_id_branch_and_issue(db: Database) -> None:
    facts = StoreFacts(db)
    assert await facts.next_plan() == 1
    await apply(db, model.PlanStored(plan=plan(1)), model.PlanStored(plan=plan(2)), model.PlanStored(plan=plan(3, 9)))
    assert await facts.next_plan() == 4
    assert await facts.plan(2) == plan(2)
    assert await facts.plan(8) is None
    assert await facts.plan_of_issue(issue()) == plan(2)
    assert await facts.plan_of_branch(REPO, "interlock/3-x") == plan(3, 9)
    assert await facts.plan_of_branch(Repo(7, 71), "interlock/3-x") is None


@pytest.mark.parametrize("taken", [plan(1, 2), plan(1, branch="b"), plan(2, branch="interlock/1-x")])
async def test_a_plan_never_takes_the_id_or_branch_of_another(db: Database, taken: Plan) -> None:
    await apply(db, model.PlanStored(plan=plan(1)))
    await apply(db, model.PlanStored(plan=plan(1)))  # the same again is no change
    with pytest.raises(Conflict):
        await apply(db, model.PlanStored(plan=taken))
    assert await StoreFacts(db).plan(1) == plan(1)
    assert await StoreFacts(db).next_plan() == 2


async def test_a_plan_follows_its_repository_to_a_new_installation(db: Database) -> None:
    await apply(db, model.PlanStored(plan=plan(1)))
    await db.write(repositories.remember, Repo(installation=99, id=REPO.id), "o/r", NOW)
    found = await StoreFacts(db).plan(1)
    assert found is not None
    assert found.issue == IssueRef(Repo(99, REPO.id), 1)


async def test_evidence_is_kept_once_for_each_delivery_in_order(db: Database) -> None:
    await apply(
        db,
        model.EvidenceStored(delivery="x", evidence=evidence(1)),
        model.EvidenceStored(delivery="x", evidence=evidence(1, OTHER)),
        model.EvidenceStored(delivery="y", evidence=evidence(1)),
        model.EvidenceStored(delivery="z", evidence=evidence(2)),
    )
    found = await StoreFacts(db).attestations(1)
    assert [attestation.evidence for attestation in found] == [evidence(1), evidence(1)]
    assert found[0].id < found[1].id
    assert found[0].received_at == NOW


@pytest.mark.parametrize(
    ("head", "tree", "plans"),
    [(SHA, None, [1]), (OTHER, TREE, [1, 2]), (OTHER, None, []), (OTHER, TREE_2, [])],
)
async def test_claims_are_what_any_plan_of_the_repository_swore_about_head_or_tree(
    db: Database, head: Sha, tree: Sha | None, plans: list[int]
) -> None:
    elsewhere = Plan(id=3, issue=IssueRef(Repo(7, 71), 1), base_branch="main", base=SHA, branch="interlock/3-x")
    third = Sha("e" * 40)
    await apply(db, *(model.PlanStored(plan=one) for one in (plan(1), plan(2), elsewhere)))
    await apply(
        db,
        model.EvidenceStored(delivery="1", evidence=evidence(1)),
        model.EvidenceStored(delivery="2", evidence=evidence(2, third, patch_id="q")),
        model.EvidenceStored(delivery="3", evidence=evidence(3)),
        model.EvidenceStored(delivery="4", evidence=evidence(2, third, Sha("f" * 40), "")),
    )
    facts = StoreFacts(db)
    assert [claim.evidence.plan for claim in await facts.claims(REPO, head=head, tree=tree)] == plans
    assert [twin.evidence.plan for twin in await facts.twins(REPO, "q")] == [2]
    assert await facts.twins(REPO, "") == ()


async def test_verdicts_of_a_commit_are_numbered_and_the_newest_counts(db: Database) -> None:
    facts, ledger = StoreFacts(db), StoreLedger(db)
    assert await ledger.newest_revision(REPO, SHA) == 0
    await apply(
        db, model.VerdictGiven(verdict=verdict(1)), model.VerdictGiven(verdict=verdict(2, conclusion="failure"))
    )
    assert await facts.verdict(REPO, SHA) == verdict(2, conclusion="failure")
    assert await ledger.newest_revision(REPO, SHA) == 2
    assert await facts.verdict(REPO, OTHER) is None
    assert await facts.verdict(Repo(7, 71), SHA) is None


@pytest.mark.parametrize("wrong", [verdict(1, conclusion="failure"), verdict(3), verdict(0)])
async def test_a_verdict_must_be_the_next_one(db: Database, wrong: Verdict) -> None:
    await apply(db, model.VerdictGiven(verdict=verdict(1)), model.VerdictGiven(verdict=verdict(1)))
    with pytest.raises(Conflict):
        await apply(db, model.VerdictGiven(verdict=wrong))
    assert await StoreFacts(db).verdict(REPO, SHA) == verdict(1)


async def test_verdicts_on_a_tree_are_the_newest_of_each_commit(db: Database) -> None:
    await apply(
        db,
        *(
            model.VerdictGiven(verdict=one)
            for one in (verdict(1), verdict(2, conclusion="failure"), verdict(1, OTHER), verdict(1, TREE, tree=None))
        ),
    )
    found = await StoreFacts(db).verdicts_on_tree(REPO, TREE)
    assert set(found) == {verdict(2, conclusion="failure"), verdict(1, OTHER)}


@pytest.mark.parametrize(
    ("outcome", "was_set"), [(Done(receipt()), True), (NoOp(receipt(), "there"), True), (Denied("403"), False)]
)
async def test_a_label_a_human_took_away_stays_away_for_what_it_had_been_set_for(
    db: Database, outcome: Outcome, was_set: bool
) -> None:
    await db.write(add_writes, label("1", cause="question 9/1"))
    await settle_next(db, outcome)
    await apply(db, model.LabelRemovedByHuman(issue=issue(), label="bug"))
    ledger = StoreLedger(db)
    assert bool(await ledger.overridden(label("2", cause="question 9/1"))) is was_set
    assert await ledger.overridden(label("3", cause="question 9/2")) == ""
    assert await ledger.overridden(label("4", 2, cause="question 9/1")) == ""
    assert await ledger.overridden(label("5", name="other", cause="question 9/1")) == ""
    assert await ledger.overridden(comment("6")) == ""


def test_every_kind_of_record_has_a_use() -> None:
    assert set(records._APPLY) == set(model.RECORDS)
