"""Judges a pull request by provenance and posts the verdict as a check run on its head commit."""

import msgspec

from bot.messages.provenance import render_title, render_verdict
from bot.model.conditions import VerdictIsNewest
from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.events import Event
from bot.model.facts import Pull
from bot.model.ids import Repo, Sha
from bot.model.plan import Attestation, Plan, Verdict
from bot.model.records import VerdictGiven
from bot.model.writes import CreateCheckRun
from bot.policy.provenance import Case, judge, worst
from bot.ports import NotYet, Read

WHILE_HELD = True
ON = frozenset(
    {
        ("pull_request", "opened"),
        ("pull_request", "reopened"),
        ("pull_request", "synchronize"),
        ("pull_request", "ready_for_review"),
        ("pull_request", "edited"),
        ("pull_request", "closed"),
        ("check_run", "rerequested"),
        ("check_suite", "rerequested"),
        ("wake", "evidence"),
        ("wake", "rerequested"),
    }
)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`cases` are all open pull requests with this head: a check belongs to a commit, not to a pull request."""

    head: Sha | None
    tree: Sha | None = None
    cases: tuple[Case, ...] = ()
    last: Verdict | None = None


async def gather(event: Event, read: Read) -> Facts:
    head = event.head
    pulls: dict[int, Pull] = {}
    if event.number:
        pull = await read.github.pull(event.subject)
        if pull is None:
            return Facts(head=None)
        head = pull.head
        if pull.is_open:
            pulls[pull.ref.number] = pull
    if head is None:
        return Facts(head=None)
    pulls |= {pull.ref.number: pull for pull in await read.github.open_pulls_with_head(event.repo, head)}
    tree = await read.github.tree(event.repo, head)
    return Facts(
        head=head,
        tree=tree,
        cases=tuple([await _case(pull, tree, read) for _, pull in sorted(pulls.items())]),
        last=await read.store.verdict(event.repo, head),
    )


async def _case(pull: Pull, tree: Sha | None, read: Read) -> Case:
    repo = pull.ref.repo
    plan = await _plan_of(pull, repo, read)
    newest: Attestation | None = None
    if plan is not None:
        attested = await read.store.attestations(plan.id)
        newest = attested[-1] if attested else None
    claims = await read.store.claims(repo, head=pull.head, tree=tree)
    twins = await read.store.twins(repo, newest.evidence.patch_id) if newest else ()
    return Case(pull=pull, plan=plan, newest=newest, claims=claims, twins=twins)


async def _plan_of(pull: Pull, repo: Repo, read: Read) -> Plan | None:
    """The plan whose branch this is, in the base repository: a fork may give its branch any name (fault P8)."""
    if pull.head_repo != repo.id:
        return None
    plan = await read.store.plan_of_branch(repo, pull.head_ref)
    if plan is not None and await read.github.branch_head(repo, pull.head_ref) != pull.head:
        raise NotYet(f"GitHub has not yet agreed with itself on the head of {pull.head_ref}")  # fault G10
    return plan


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    head, last = facts.head, facts.last
    if head is None or not facts.cases:
        return Decision(rule="no pull request", why="No open pull request has this head.")
    if not event.number:
        wakes = tuple(Wake(case.pull.ref, "rerequested") for case in facts.cases)
        return Decision(
            rule="look again", why="Asked for again for a commit; its pull requests look again.", wakes=wakes
        )
    findings = tuple(judge(case) for case in facts.cases)
    decisive = worst(findings)
    summary = render_verdict(
        tuple((case.pull, case.plan, finding) for case, finding in zip(facts.cases, findings, strict=True)), decisive
    )
    unchanged = last and (last.name, last.conclusion, last.summary) == (decisive.name, decisive.conclusion, summary)
    if last and unchanged and event.action != "rerequested":  # asked again, GitHub wants a new run (api section 13)
        return Decision(rule=decisive.name, why=f"Nothing has changed since verdict {last.revision} on {head}.")
    revision = last.revision + 1 if last else 1
    verdict = Verdict(
        repo=event.repo,
        head=head,
        tree=facts.tree,
        revision=revision,
        name=decisive.name,
        conclusion=decisive.conclusion,
        summary=summary,
        pulls=tuple(case.pull.ref.number for case in facts.cases),
    )
    check = CreateCheckRun(
        key=f"check/{event.repo.id}/{head}/{revision}",
        pull=facts.cases[0].pull.ref,
        name=config.check_name,
        head=head,
        conclusion=decisive.conclusion,
        title=render_title(decisive),
        summary=summary,
        only_if=(VerdictIsNewest(event.repo, head, revision),),
        safety=decisive.conclusion in ("failure", "action_required"),
    )
    return Decision(rule=decisive.name, why=decisive.why, records=(VerdictGiven(verdict=verdict),), writes=(check,))
