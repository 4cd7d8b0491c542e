"""Each write against the sandbox: what it does, what it answers, and what each refusal or doubt becomes."""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from aiohttp import web

from bot.github.app_auth import PERMISSIONS, Purpose
from bot.github.writer import Writer
from bot.model.ids import IssueRef, Repo
from bot.model.markers import Marker, markers_in
from bot.model.outbox import Deadline
from bot.model.writes import (
    MOST_ANNOTATIONS,
    WRITES,
    Annotation,
    AnyWrite,
    PostComment,
    Receipt,
    Redeliver,
    ResultOf,
    Write,
)
from bot.ports import Ambiguous, Limited, NotSent, Refused
from bot.sandbox import installations, links
from bot.sandbox.fault_kinds import (
    DropAfter,
    DropBefore,
    Fault,
    Limit,
    LimitShape,
    Proceed,
    Redirect,
    Status,
    Unauthorized,
    WrongBody,
)
from bot.sandbox.repositories import rename_repository
from bot.sandbox.state import InstallationToken, Issue
from tests.github.conftest import NAME, GitHub
from tests.github.writes import KEY, Samples, perform, prepare, writer
from tests.harness.story import REQUESTS
from tests.sandbox.client import receiving

EVERY = [pytest.param(kind, id=kind.__name__) for kind in WRITES]
CREATES = [pytest.param(kind, id=kind.__name__) for kind in WRITES if kind.creates]
ON_REPOSITORIES = [pytest.param(kind, id=kind.__name__) for kind in WRITES if kind is not Redeliver]


#: Every path but that of a token request.
WRITES_ONLY = r"(?!.*/access_tokens$).*"


@dataclass(frozen=True)
class Forgetful:
    """A fault: answers 200 with no label at all."""

    async def strike(self, request: web.Request, match: re.Match[str], proceed: Proceed) -> web.StreamResponse:
        return web.json_response([])


@pytest.fixture
async def samples(github: GitHub) -> Samples:
    return await prepare(github)


def state(issue: Issue) -> tuple[object, ...]:
    """All that a write could have changed."""
    return (
        len(issue.repository.issues),
        [comment.body for comment in issue.comments],
        [len(comment.reactions) for comment in issue.comments],
        [label.name for label in issue.labels],
        [child.id for child in issue.children],
        [blocker.id for blocker in issue.blocked_by],
        issue.state,
        len(issue.repository.check_runs),
    )


def test_every_write_has_a_method_of_its_own() -> None:
    """A class added to the union without one fails here, not at the first write."""
    known = vars(Writer)["_do"].dispatcher.registry
    assert {kind for kind in known if kind is not object} == set(WRITES)


async def test_the_samples_are_one_of_each_kind(samples: Samples) -> None:
    assert set(samples.all()) == set(WRITES)


async def test_a_comment_is_posted_with_its_signed_marker_below_the_text(github: GitHub, samples: Samples) -> None:
    receipt = await perform(github, samples.comment_on("What does it say?"))
    made = samples.issue.comments[-1]
    text, blank, hidden = made.body.rpartition("\n\n")
    assert (text, blank) == ("What does it say?", "\n\n")
    assert markers_in(hidden, KEY) == [Marker(github.repo.id, samples.issue.id, "question", "comment/1")]
    assert receipt == Receipt(id=made.id, at=made.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert made.author is github.sandbox.world.app.bot


async def test_an_issue_is_created(github: GitHub, samples: Samples) -> None:
    receipt = await perform(github, samples.create())
    made = github.repository.issues[receipt.number]
    assert (made.id, made.title) == (receipt.id, "A child")
    assert receipt.at == made.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [marker.id for marker in markers_in(made.body or "", KEY)] == ["child/1"]


async def test_a_label_is_added_and_one_removed(github: GitHub, samples: Samples) -> None:
    await perform(github, samples.add_label("Needs: a/nswer?"))
    await perform(github, samples.remove_label("bug"))
    assert [label.name for label in samples.issue.labels] == ["Needs: a/nswer?"]
    await perform(github, samples.remove_label("needs: a/nswer?"))
    assert samples.issue.labels == []


async def test_a_label_that_is_not_there_is_as_good_as_removed(github: GitHub, samples: Samples) -> None:
    assert await perform(github, samples.remove_label("never-there")) == Receipt()


async def test_a_label_that_github_dropped_in_silence_is_noticed(github: GitHub, samples: Samples) -> None:
    """F72: 200, and the label is not there."""
    github.faults.add(Forgetful(), method="POST", path=".*/labels")
    with pytest.raises(Refused, match="dropped the label 'needs-clarification'"):
        await perform(github, samples.add_label())


async def test_a_child_is_linked(github: GitHub, samples: Samples) -> None:
    receipt = await perform(github, samples.link())
    assert samples.issue.children == [samples.child]
    assert receipt.id == samples.child.id
    assert receipt.at


async def test_a_reaction_given_twice_is_one(github: GitHub, samples: Samples) -> None:
    first, again = await perform(github, samples.react()), await perform(github, samples.react())
    assert first == again
    assert [reaction.id for reaction in samples.issue.comments[0].reactions] == [first.id]


async def test_a_check_run_carries_its_key_and_stands_on_its_commit(github: GitHub, samples: Samples) -> None:
    receipt = await perform(github, samples.check())
    (run,) = github.repository.check_runs.values()
    assert (run.id, run.head_sha, run.external_id) == (receipt.id, samples.head, "check/1")
    assert (run.status, run.conclusion, run.output["title"]) == ("completed", "success", "Matches")
    assert receipt.at


async def test_a_check_run_shows_its_annotations_beside_their_lines(github: GitHub, samples: Samples) -> None:
    """As many as GitHub takes, each as long as it may be."""
    remark = Annotation(path="a.txt", line=3, column=7, message="é" * 70_000)
    await perform(github, msgspec.structs.replace(samples.check(), annotations=(remark,) * 60))
    (run,) = github.repository.check_runs.values()
    assert len(run.output["annotations"]) == MOST_ANNOTATIONS == 50
    first = run.output["annotations"][0]
    assert first.pop("message") == "é" * 1_000
    assert first == {
        "path": "a.txt",
        "start_line": 3,
        "end_line": 3,
        "start_column": 7,
        "end_column": 7,
        "annotation_level": "failure",
    }


async def test_a_verdict_does_not_fail_for_its_length(github: GitHub, samples: Samples) -> None:
    await perform(github, samples.check(title="t" * 300, summary="s" * 70_000))
    (run,) = github.repository.check_runs.values()
    assert (len(run.output["title"]), len(run.output["summary"])) == (255, 65_535)


async def test_a_failed_delivery_is_sent_again_under_its_guid(github: GitHub, samples: Samples) -> None:
    world = github.sandbox.world
    async with receiving() as receiver:
        world.webhooks.url = receiver.url
        receipt = await perform(github, samples.redeliver())
        await github.sandbox.settle()
    assert receipt.id == samples.delivery
    assert receiver.guids() == [samples.guid]


async def test_tokens_for_writes_are_narrow_and_the_gate_has_its_own(github: GitHub, samples: Samples) -> None:
    for write in samples.all().values():
        await perform(github, write)
    used = [one.permissions for one in github.sandbox.world.tokens.values() if isinstance(one, InstallationToken)]
    assert PERMISSIONS[Purpose.ISSUES] in used
    assert PERMISSIONS[Purpose.CHECKS] in used
    assert not [one for one in used if {"issues", "checks"} <= set(one) and "write" in one.values()]


@pytest.mark.parametrize("kind", EVERY)
async def test_after_the_deadline_no_byte_leaves(github: GitHub, samples: Samples, kind: type[Write]) -> None:
    """A worker that slept through its lease must not write; what was not sent is given back."""
    before = state(samples.issue)
    with pytest.raises(NotSent, match="expired"):
        await writer(github).perform(samples.all()[kind], deadline=Deadline(time.monotonic() - 0.001))
    assert state(samples.issue) == before
    assert github.faults.mutations() == []


@pytest.mark.parametrize("kind", EVERY)
async def test_no_answer_or_a_5xx_is_a_doubt_and_never_repeated(
    github: GitHub, samples: Samples, kind: type[Write]
) -> None:
    """A DELETE whose connection broke is repeated once by aiohttp itself: without harm, HTTP says it is idempotent."""
    write, once = samples.all()[kind], writer(github)
    faults: list[Fault] = [Status(500), Status(502, after_commit=True), Status(504), DropBefore(), DropAfter()]
    for fault in faults:
        times = 2 if method(write) == "DELETE" and isinstance(fault, DropBefore | DropAfter) else 1
        github.faults.add(fault, path=WRITES_ONLY, method=method(write), times=times)
        sent = len(github.faults.mutations())
        with pytest.raises(Ambiguous):
            await once.perform(write, deadline=Deadline(time.monotonic() + 60))
        assert len(github.faults.mutations()) == sent + times


@pytest.mark.parametrize("kind", CREATES)
async def test_a_201_that_does_not_say_what_was_made_is_a_doubt(
    github: GitHub, samples: Samples, kind: type[Write]
) -> None:
    write, once = samples.all()[kind], writer(github)
    for wrong in (WrongBody("html"), WrongBody("empty"), WrongBody("cut")):
        github.faults.add(wrong, path=WRITES_ONLY, method="POST")
        with pytest.raises(Ambiguous):
            await once.perform(write, deadline=Deadline(time.monotonic() + 60))


@pytest.mark.parametrize("kind", EVERY)
async def test_nobody_listening_is_certainly_not_sent(github: GitHub, samples: Samples, kind: type[Write]) -> None:
    github.sandbox.world.url = "http://127.0.0.1:9"
    with pytest.raises(NotSent):
        await perform(github, samples.all()[kind])


@pytest.mark.parametrize("kind", EVERY)
async def test_a_401_is_renewed_once_and_the_write_goes_through(
    github: GitHub, samples: Samples, kind: type[Write]
) -> None:
    write = samples.all()[kind]
    github.faults.add(Unauthorized(), path=WRITES_ONLY, method=method(write))
    await perform(github, write)
    assert github.faults.mutations()[0].status == 401
    assert len(github.faults.mutations()) == 2


async def test_a_second_401_is_certainly_not_done(github: GitHub, samples: Samples) -> None:
    github.faults.add(Unauthorized(), method="POST", path=".*/comments", times=None)
    with pytest.raises(NotSent, match="401") as refused:
        await perform(github, samples.comment_on())
    assert refused.value.retry_after
    assert len(github.faults.mutations()) == 2


@pytest.mark.parametrize("kind", ON_REPOSITORIES)
async def test_a_write_is_never_redirected(github: GitHub, samples: Samples, kind: type[Write]) -> None:
    """aiohttp makes a GET of a redirected POST, and the list that comes back looks like success."""
    write, before, once = samples.all()[kind], state(samples.issue), writer(github)
    for status in (301, 302, 307, 308):
        github.faults.add(Redirect(status, "/elsewhere"), path=WRITES_ONLY, method=method(write))
        with pytest.raises(NotSent, match="has moved") as moved:
            await once.perform(write, deadline=Deadline(time.monotonic() + 60))
        assert moved.value.retry_after is not None
        assert state(samples.issue) == before
    await once.perform(write, deadline=Deadline(time.monotonic() + 60))
    assert state(samples.issue) != before


async def test_a_write_to_a_former_name_finds_the_new_one_for_the_next_try(github: GitHub, samples: Samples) -> None:
    once = writer(github)
    await once.perform(samples.comment_on(), deadline=Deadline(time.monotonic() + 60))
    rename_repository(github.sandbox.world, github.repository, github.repository.owner, "tramway")
    with pytest.raises(NotSent, match="acme/railway is acme/tramway now") as moved:
        await once.perform(samples.react(), deadline=Deadline(time.monotonic() + 60))
    assert moved.value.retry_after == 0.0
    await once.perform(samples.react(), deadline=Deadline(time.monotonic() + 60))
    assert github.names.names[samples.ref.repo] == "acme/tramway"


@pytest.mark.parametrize("kind", EVERY)
async def test_every_shape_of_a_limit_closes_the_installation(
    github: GitHub, samples: Samples, kind: type[Write]
) -> None:
    write, before = samples.all()[kind], state(samples.issue)
    shapes: list[LimitShape] = ["403 retry-after", "403 reset", "403 bare", "429 retry-after", "429 reset"]
    for sent, shape in enumerate(shapes):
        github.faults.add(Limit(shape, seconds=90), path=WRITES_ONLY, method=method(write))
        hit = datetime.now(UTC)
        with pytest.raises(Limited) as limited:
            await perform(github, write)
        at_least = timedelta(seconds=58 if shape == "403 bare" else 88)
        assert at_least < limited.value.until - hit < timedelta(seconds=95)
        with pytest.raises(Limited):  # in another process, too: the window is kept where all see it
            await perform(github, write)
        assert len(github.faults.mutations()) == sent + 1
        github.faults.clear()
        github.limits.closed.clear()
    assert state(samples.issue) == before


async def test_a_refusal_names_the_permission_that_is_missing(github: GitHub, samples: Samples) -> None:
    slow = writer(github)
    await slow.perform(samples.comment_on(), deadline=Deadline(time.monotonic() + 60))
    for token in github.sandbox.world.tokens.values():
        if isinstance(token, InstallationToken) and "issues" in token.permissions:
            token.permissions["issues"] = "read"
    with pytest.raises(Refused, match=r"403.*Resource not accessible.*issues=write"):
        await slow.perform(samples.comment_on(), deadline=Deadline(time.monotonic() + 60))
    for token in github.sandbox.world.tokens.values():
        if isinstance(token, InstallationToken) and token.permissions == {"metadata": "read", "issues": "read"}:
            token.permissions["issues"] = "write"
    assert not github.limits.closed


async def test_what_is_gone_is_refused(github: GitHub, samples: Samples) -> None:
    github.actor("ada").delete_issue(samples.issue)
    with pytest.raises(Refused, match=r"410|404"):
        await perform(github, samples.comment_on())


async def test_what_github_finds_invalid_is_refused_in_its_words(github: GitHub, samples: Samples) -> None:
    with pytest.raises(Refused, match="422"):
        await perform(github, msgspec.structs.replace(samples.create(), title=""))


async def test_an_installation_that_is_gone_takes_no_write(github: GitHub, samples: Samples) -> None:
    (installation,) = github.sandbox.world.installations.values()
    installations.uninstall(github.sandbox.world, installation, github.actor("ada").user)
    with pytest.raises(NotSent, match="404") as refused:
        await perform(github, samples.comment_on())
    assert refused.value.retry_after, "GitHub has answered: it is not tried for ever"


@pytest.mark.parametrize("label", ["", ".", ".."])
async def test_a_label_that_cannot_be_part_of_an_address_is_refused(
    github: GitHub, samples: Samples, label: str
) -> None:
    with pytest.raises(Refused, match="part of a path"):
        await perform(github, samples.remove_label(label))


async def test_a_result_that_is_not_there_is_never_sent(github: GitHub, samples: Samples) -> None:
    for write in (
        msgspec.structs.replace(samples.comment_on(), body=("see ", ResultOf("child/1"))),
        msgspec.structs.replace(samples.link(), child=ResultOf("child/1")),
    ):
        with pytest.raises(Refused, match="not there"):
            await perform(github, write)
    assert github.faults.mutations() == []


async def test_a_link_that_was_there_already_is_success(github: GitHub, samples: Samples) -> None:
    """422 "may only have one parent", and the parent is ours (K10)."""
    await github.actor("ada").add_sub_issue(samples.issue, samples.child)
    assert (await perform(github, samples.link())).id == samples.child.id


async def test_a_child_of_another_parent_is_refused_naming_it(github: GitHub, samples: Samples) -> None:
    other = github.actor("ada").open_issue(NAME, "Another epic")
    await github.actor("ada").add_sub_issue(other, samples.child)
    with pytest.raises(Refused, match=f"#{samples.child.number} is a sub-issue of #{other.number} already"):
        await perform(github, samples.link())


async def test_priority_has_already_been_taken_means_not_linked(github: GitHub, samples: Samples) -> None:
    """The word "already" says the opposite here: nothing was linked, so it is tried again (K10)."""
    github.sandbox.world.adding_to.add(samples.issue.id)  # as while another add to this parent runs
    with pytest.raises(NotSent, match="Priority has already been taken") as refused:
        await perform(github, samples.link())
    assert not isinstance(refused.value, Refused)
    assert refused.value.retry_after is not None
    assert 0.5 <= refused.value.retry_after <= 3.0
    github.sandbox.world.adding_to.clear()
    await perform(github, samples.link())
    assert samples.issue.children == [samples.child]


async def test_a_child_that_does_not_exist_is_refused_in_githubs_words(github: GitHub, samples: Samples) -> None:
    with pytest.raises(Refused, match="404"):
        await perform(github, msgspec.structs.replace(samples.link(), child=987_654))


async def test_a_parent_that_is_full_takes_the_child_later_or_never(github: GitHub, samples: Samples) -> None:
    """422 for another reason: the child has no parent, so that is what GitHub refused; its words say why."""
    for n in range(links.MAX_CHILDREN):
        await github.actor("ada").add_sub_issue(samples.issue, github.actor("ada").open_issue(NAME, f"{n}"))
    with pytest.raises(NotSent, match="422") as refused:
        await perform(github, samples.link())
    assert refused.value.retry_after, "GitHub has answered: the guard gives up after some"


async def test_a_write_for_a_repository_that_is_not_installed_is_not_sent(github: GitHub, samples: Samples) -> None:
    elsewhere = IssueRef(Repo(github.installation, 4242), 1)
    write: PostComment = msgspec.structs.replace(samples.comment_on(), issue=elsewhere)
    with pytest.raises(NotSent):
        await perform(github, write)
    assert github.faults.mutations() == []


@pytest.mark.parametrize("kind", EVERY)
async def test_what_an_earlier_attempt_did_is_found(github: GitHub, samples: Samples, kind: type[Write]) -> None:
    """Dropped after the commit: a new process finds the same that the first had made."""
    write, begun = samples.all()[kind], datetime.now(UTC)
    github.faults.add(DropAfter(), path=WRITES_ONLY, method=method(write), times=2)
    with pytest.raises(Ambiguous):
        await perform(github, write)
    found = await writer(github).find(write, since=begun)
    if kind is Redeliver:
        assert found is None, "a repeat is harmless: same GUID"
    else:
        assert found is not None
        github.faults.clear()
        if not kind.creates:
            assert found.id in (0, (await perform(github, write)).id)


def method(write: AnyWrite) -> str:
    return REQUESTS[type(write).__name__][0]
