"""What a runner or `interlock attest` asks and reports: plans out, evidence in. Evidence enters through the inbox.

Everything needs `Authorization: Bearer <token>` with a token made by `interlock token`; a token for one repository
sees no other repository's plans and cannot swear about them.
"""

import re
from datetime import UTC, datetime

import msgspec
from aiohttp import web

from bot.model import codec
from bot.model.events import Event, Evidence
from bot.model.plan import Plan
from bot.store import plans, tokens
from bot.store.database import Database
from bot.store.tokens import Runner
from bot.web.body import Bodies
from bot.web.webhook import Accept

LARGEST = 64 * 1024  # bytes
PATIENCE = 1.5  # seconds
_DELIVERY = "X-Interlock-Delivery"
_BEARER = re.compile(r"[Bb]earer ([!-~]{1,200})")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLAN = re.compile(r"[1-9][0-9]{0,17}")  # what the store's 64 bits hold
_PATCH_ID = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})?")


class RunnerApi:
    """The three questions of a runner."""

    def __init__(self, database: Database, bodies: Bodies, accept: Accept) -> None:
        self._database, self._bodies, self._accept = database, bodies, accept
        self.routes = (
            web.post("/runner/attestations", self.attest),
            web.get("/runner/plans", self.find),
            web.get("/runner/plans/{plan}", self.plan),
        )

    async def attest(self, request: web.Request) -> web.Response:
        """Stores an `Evidence` as an event about its plan's issue; 202, or 200 if this delivery was stored before.

        The sender makes the delivery id (a UUID in X-Interlock-Delivery) and repeats it when it got no answer.
        400 says what is wrong and what would be right, 404 that there is no such plan.
        """
        runner = await self._runner(request)
        delivery = _delivery(request)
        async with self._bodies.of(request, limit=LARGEST) as body:
            evidence = _evidence(body)
            plan = await self._visible(runner, evidence.plan)
            is_new = await self._accept(delivery, "attestation", _event(delivery, plan, evidence))
        return web.json_response({"delivery": delivery}, status=202 if is_new else 200)

    async def plan(self, request: web.Request) -> web.Response:
        """The `Plan` of this id as JSON, or 404."""
        runner = await self._runner(request)
        given = request.match_info["plan"]
        if not _PLAN.fullmatch(given):
            raise web.HTTPNotFound(text="a plan's id is a positive whole number")
        return _as_json(await self._visible(runner, int(given)))

    async def find(self, request: web.Request) -> web.Response:
        """The `Plan` whose branch is the query's `branch`, or 404."""
        runner = await self._runner(request)
        branch = request.query.get("branch", "")
        if not branch:
            raise web.HTTPBadRequest(text="say which branch: /runner/plans?branch=interlock/7-fix-the-door")
        for found in await self._database.read(plans.plans_of_branch, branch, patience=PATIENCE):
            if _may_see(runner, found):
                return _as_json(found)
        raise web.HTTPNotFound(text="there is no plan of this branch; a plan is made with /plan on the issue")

    async def _runner(self, request: web.Request) -> Runner:
        given = request.headers.getall("Authorization", ())
        token = _BEARER.fullmatch(given[0]) if len(given) == 1 else None
        if token:
            runner = await self._database.read(tokens.check, token[1], patience=PATIENCE)
            if runner:
                return runner
        raise web.HTTPUnauthorized(
            text="a valid runner token is needed: Authorization: Bearer <what `interlock token` printed>",
            headers={"WWW-Authenticate": "Bearer"},
        )

    async def _visible(self, runner: Runner, plan: int) -> Plan:
        found = await self._database.read(plans.plan, plan, patience=PATIENCE)
        if found is None or not _may_see(runner, found):
            raise web.HTTPNotFound(text=f"there is no plan {plan}, or this token is for another repository")
        return found


def _may_see(runner: Runner, plan: Plan) -> bool:
    return runner.repository in (None, plan.issue.repo.id)


def _delivery(request: web.Request) -> str:
    if "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType(text="a Content-Encoding is not accepted; send the body as it is")
    given = request.headers.getall(_DELIVERY, ())
    if len(given) != 1 or not _UUID.fullmatch(given[0]):
        raise web.HTTPBadRequest(
            text=f"exactly one {_DELIVERY} with a lowercase UUID is needed; the same again when this is sent again"
        )
    return f"runner:{given[0]}"


def _evidence(body: bytearray) -> Evidence:
    try:
        evidence = codec.decode(bytes(body), Evidence)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise web.HTTPBadRequest(text=f"the body is not the JSON of an attestation: {error}") from error
    if not _PLAN.fullmatch(str(evidence.plan)):
        raise web.HTTPBadRequest(text=f"a plan's id is a positive whole number, not {evidence.plan} - at `$.plan`")
    if not _PATCH_ID.fullmatch(evidence.patch_id):
        raise web.HTTPBadRequest(
            text="a patch id has 40 or 64 lowercase hex digits, and is empty if nothing was changed - at `$.patch_id`"
        )
    return evidence


def _event(delivery: str, plan: Plan, evidence: Evidence) -> bytes:
    """The event as the worker reads it: in the lane of the issue that is planned."""
    event = Event(
        delivery=delivery,
        name="attestation",
        action="received",
        repo=plan.issue.repo,
        number=plan.issue.number,
        received_at=datetime.now(UTC),
        evidence=evidence,
    )
    return codec.encode(event).encode()


def _as_json(plan: Plan) -> web.Response:
    return web.Response(text=codec.encode(plan), content_type="application/json")
