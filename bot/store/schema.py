"""All tables. What is written here is what `migrations/` makes; a test compares the two on both engines.

Rules: moments are `UtcTime`; things on GitHub are keyed by its numeric ids; ids that order something are counted by
the database and never reused; "still to do" is a null column, because both engines use a partial index on `IS NULL`
(or on a literal) but not on a parameter.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    and_,
    literal_column,
)

from bot.store.columns import Id, UtcTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

#: What came in, as bytes. The GUID is unique for ever: a redelivery of any age is known (fault D1).
inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("guid", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("name", Text, nullable=False),  # the event's name where the source has one, as in X-GitHub-Event
    Column("body", LargeBinary, nullable=False),  # zlib level 1
    Column("received_at", UtcTime, nullable=False),
    Column("read_at", UtcTime),  # null: unread
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),  # why it was ignored or is dead
    CheckConstraint("state in ('unread', 'read', 'ignored', 'dead')", name="state"),
    sqlite_autoincrement=True,
)
UNREAD = inbox.c.read_at.is_(None)
DEAD_DELIVERY = inbox.c.state == literal_column("'dead'")
Index("inbox_unread", inbox.c.id, sqlite_where=UNREAD, postgresql_where=UNREAD)
Index("inbox_dead", inbox.c.id, sqlite_where=DEAD_DELIVERY, postgresql_where=DEAD_DELIVERY)

#: Who works in which lane of which queue. The lease belongs to the lane, so "one at a time" is one row's business.
lanes = Table(
    "lanes",
    metadata,
    Column("repo", BigInteger, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("queue", Text, primary_key=True),  # jobs or outbox; last, so that a claim starts from what is to be done
    Column("fence", BigInteger, nullable=False),  # counts the claims
    Column("item", BigInteger),  # the job or write in hand, null: none
    Column("worker", Text, nullable=False),
    Column("leased_at", BigInteger, nullable=False),  # microseconds of the lease clock (clocks.py)
    Column("lease_until", BigInteger, nullable=False),
    # Of the queue of jobs: the oldest unfinished one, the only one that may run. Without it a claim would look at
    # every job of a lane in which hundreds wait.
    Column("head", BigInteger),
    CheckConstraint("queue in ('jobs', 'outbox')", name="queue"),
)

HAS_HEAD = lanes.c.head.is_not(None)
Index("lanes_head", lanes.c.head, sqlite_where=HAS_HEAD, postgresql_where=HAS_HEAD)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("delivery", ForeignKey("inbox.id"), nullable=False),
    Column("handler", Text, nullable=False),
    Column("repo", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("ordinal", Integer, nullable=False),  # tells the commands of one text apart
    Column("event", Text, nullable=False),
    Column("received_at", UtcTime, nullable=False),  # the event
    Column("not_before", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),  # counted before the run
    Column("error", Text, nullable=False),  # of the last attempt
    Column("finished_at", UtcTime),  # null: to be done
    Column("state", Text, nullable=False),
    CheckConstraint("state in ('waiting', 'done', 'dead')", name="state"),
    UniqueConstraint("delivery", "handler", "repo", "number", "ordinal"),
    sqlite_autoincrement=True,
)
UNFINISHED = jobs.c.finished_at.is_(None)
DEAD_JOB = jobs.c.state == literal_column("'dead'")
Index("jobs_unfinished", jobs.c.repo, jobs.c.number, jobs.c.id, sqlite_where=UNFINISHED, postgresql_where=UNFINISHED)
Index("jobs_dead", jobs.c.id, sqlite_where=DEAD_JOB, postgresql_where=DEAD_JOB)

#: What was decided and why. `body` is the whole decision as JSON.
decisions = Table(
    "decisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("job", ForeignKey("jobs.id"), nullable=False, unique=True),
    Column("handler", Text, nullable=False),
    Column("repo", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("decided_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)
Index("decisions_lane", decisions.c.repo, decisions.c.number, decisions.c.id)

#: One row per idempotency key: intent, receipt and ledger are this row in its states (design section 5).
outbox = Table(
    "outbox",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("lane_repo", BigInteger, nullable=False),  # the lane that decided it
    Column("lane_number", BigInteger, nullable=False),
    Column("decision", ForeignKey("decisions.id")),
    Column("kind", Text, nullable=False),  # member of the union of writes
    Column("surface", Text, nullable=False),
    Column("installation", BigInteger, nullable=False),
    Column("repo", BigInteger, nullable=False),  # what it is about
    Column("number", BigInteger, nullable=False),  # 0: the repository, or an issue that does not exist yet
    Column("body", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("unmet", Integer, nullable=False),  # writes it needs a result of that have none yet
    Column("not_before", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),  # claims that got as far as an intent, or failed
    Column("doubts", Integer, nullable=False, server_default="0"),  # of those, how many may have been done
    Column("refusals", Integer, nullable=False, server_default="0"),  # of those, how many GitHub put off
    Column("intent_at", UtcTime),
    Column("reserved_on", Date),  # the UTC day it counts on, null: it costs nothing
    Column("receipt", Text),
    Column("settled_at", UtcTime),  # null: to be done
    CheckConstraint(
        "state in ('waiting', 'sent', 'done', 'adopted', 'no_op', 'dry_run', 'held', 'overridden', 'stale', 'denied', "
        "'failed', 'unknown')",
        name="state",
    ),
    sqlite_autoincrement=True,
)
OPEN = outbox.c.settled_at.is_(None)
#: Open, and no other write's result is waited for.
READY = and_(OPEN, outbox.c.unmet == literal_column("0"))
#: A write that keeps its lane's jobs waiting. One that waits for another's result does not: the other one does.
BLOCKING = and_(READY, outbox.c.state.in_(("waiting", "sent", "unknown")))
_RESERVED = outbox.c.reserved_on.is_not(None)
Index(
    "outbox_open",
    outbox.c.lane_repo,
    outbox.c.lane_number,
    outbox.c.seq,
    sqlite_where=OPEN,
    postgresql_where=OPEN,
)
Index("outbox_ready", outbox.c.seq, sqlite_where=READY, postgresql_where=READY)
Index(
    "outbox_ledger",
    outbox.c.reserved_on,
    outbox.c.installation,
    outbox.c.surface,
    sqlite_where=_RESERVED,
    postgresql_where=_RESERVED,
)
Index("outbox_subject", outbox.c.repo, outbox.c.number)

#: `key` needs the receipt of `needs`.
dependencies = Table(
    "outbox_dependencies",
    metadata,
    Column("key", ForeignKey("outbox.key"), primary_key=True),
    Column("needs", ForeignKey("outbox.key"), primary_key=True),
)
Index("outbox_dependencies_needs", dependencies.c.needs)

questions = Table(
    "questions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("installation", BigInteger, nullable=False),
    Column("repo", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("round", Integer, nullable=False),
    Column("asked_of", Text, nullable=False),
    Column("write_key", Text, nullable=False),  # the comment's id and time are in that write's receipt
    Column("answered_by", Text, nullable=False),  # empty: open
    Column("answered_how", Text, nullable=False),
    Column("stored_at", UtcTime, nullable=False),
)
Index("questions_issue", questions.c.repo, questions.c.number, questions.c.round)

children = Table(
    "children",
    metadata,
    Column("id", Id, primary_key=True),
    Column("repo", BigInteger, nullable=False),
    Column("epic", BigInteger, nullable=False),  # the epic's number
    Column("key", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("existing", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),  # of an existing one; else 0
    Column("run", Integer, nullable=False),
    Column("undone", Boolean, nullable=False),
    Column("above", Text),  # key of the item it stands under; empty for none, null where it was not written down
    UniqueConstraint("repo", "epic", "key"),
    sqlite_autoincrement=True,
)

#: Each time an epic was decomposed.
runs = Table(
    "runs",
    metadata,
    Column("repo", BigInteger, primary_key=True),
    Column("epic", BigInteger, primary_key=True),
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("issue", BigInteger, nullable=False),  # the epic's database id, 0 if it was not written down
    Column("by", Text, nullable=False),
    Column("left_out", Text, nullable=False),  # lines, as JSON
    Column("started_at", UtcTime, nullable=False),
    Column("undone_by", Text, nullable=False),  # empty: nobody
)

#: The child plan that people were shown last.
previews = Table(
    "previews",
    metadata,
    Column("repo", BigInteger, primary_key=True),
    Column("epic", BigInteger, primary_key=True),
    Column("body", Text, nullable=False),  # the digest of the description
    Column("children", Text, nullable=False),  # as JSON
    Column("shown_at", UtcTime, nullable=False),
)

#: Comments of ours that are edited in place.
texts = Table(
    "texts",
    metadata,
    Column("key", Text, primary_key=True),  # of the write that posts it
    Column("installation", BigInteger, nullable=False),
    Column("repo", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("revised_at", UtcTime, nullable=False),
)
UNFINISHED_TEXT = texts.c.final.is_(False)
Index("texts_unfinished", texts.c.revised_at, sqlite_where=UNFINISHED_TEXT, postgresql_where=UNFINISHED_TEXT)

#: Which issue waits for which, by whom it is said. Repositories by id; an unknown one has id 0, and its name counts.
edges = Table(
    "edges",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_repo", BigInteger, nullable=False),  # the issue whose text or links say so
    Column("source_number", BigInteger, nullable=False),
    Column("blocked_installation", BigInteger, nullable=False),
    Column("blocked_repo", BigInteger, nullable=False),
    Column("blocked_number", BigInteger, nullable=False),
    Column("blocker_installation", BigInteger, nullable=False),
    Column("blocker_repo", BigInteger, nullable=False),
    Column("blocker_number", BigInteger, nullable=False),
    Column("name", Text, nullable=False),  # of the blocker, owner/name#n
    Column("kind", Text, nullable=False),
    Column("ends", Text, nullable=False),
    Column("phrase", Text, nullable=False),
    sqlite_autoincrement=True,
)
Index("edges_source", edges.c.source_repo, edges.c.source_number)
Index("edges_blocked", edges.c.blocked_repo, edges.c.blocked_number)
Index("edges_blocker", edges.c.blocker_repo, edges.c.blocker_number)

#: How each issue that has ever waited stands with its blockers.
standings = Table(
    "standings",
    metadata,
    Column("repo", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("installation", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("body", Text, nullable=False),  # as JSON
    Column("waits", Boolean, nullable=False),
    Column("looked_at", UtcTime, nullable=False),
)
WAITS = standings.c.waits.is_(True)
Index("standings_waiting", standings.c.looked_at, sqlite_where=WAITS, postgresql_where=WAITS)

plans = Table(
    "plans",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("installation", BigInteger, nullable=False),
    Column("repo", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("base_branch", Text, nullable=False),
    Column("base", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("stored_at", UtcTime, nullable=False),
    UniqueConstraint("repo", "branch"),
)
Index("plans_issue", plans.c.repo, plans.c.number, plans.c.id)

attestations = Table(
    "attestations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("delivery", Text, nullable=False, unique=True),
    Column("plan", BigInteger, nullable=False),
    Column("head", Text, nullable=False),
    Column("tree", Text, nullable=False),
    Column("base", Text, nullable=False),
    Column("patch_id", Text, nullable=False),
    Column("dirty", Boolean, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)
Index("attestations_plan", attestations.c.plan, attestations.c.id)
Index("attestations_head", attestations.c.head)
Index("attestations_tree", attestations.c.tree)
Index("attestations_patch_id", attestations.c.patch_id)

verdicts = Table(
    "verdicts",
    metadata,
    Column("repo", BigInteger, primary_key=True),
    Column("head", Text, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("installation", BigInteger, nullable=False),
    Column("tree", Text),
    Column("name", Text, nullable=False),
    Column("conclusion", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("pulls", Text, nullable=False),  # numbers, as JSON
    Column("given_at", UtcTime, nullable=False),
)
Index("verdicts_tree", verdicts.c.repo, verdicts.c.tree)

#: A label that a human took away stays away for these causes.
overrides = Table(
    "overrides",
    metadata,
    Column("repo", BigInteger, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("cause", Text, primary_key=True),
    Column("made_at", UtcTime, nullable=False),
)

#: Questions up to this round do not count any more: a human has given the issue back.
fresh_starts = Table(
    "fresh_starts",
    metadata,
    Column("repo", BigInteger, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("rounds", Integer, nullable=False),
)

#: Issues with which nothing is started until a person says so.
holds = Table(
    "holds",
    metadata,
    Column("repo", BigInteger, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("held_at", UtcTime, nullable=False),
)

#: The last good text of each repository's file; empty if it had none.
configs = Table(
    "configs",
    metadata,
    Column("repo", BigInteger, primary_key=True),
    Column("body", Text, nullable=False),
    Column("adopted_at", UtcTime, nullable=False),
)

#: The commit that was deployed last in each environment of a repository.
deployments = Table(
    "deployments",
    metadata,
    Column("repo", BigInteger, primary_key=True),
    Column("environment", Text, primary_key=True),
    Column("production", Boolean, nullable=False),
    Column("head", Text, nullable=False),
    Column("deployed_at", UtcTime, nullable=False),
)

#: The kill switch. A row means stopped; repository 0 is the whole App.
switches = Table(
    "switches",
    metadata,
    Column("repo", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("stopped_at", UtcTime, nullable=False),
)

#: GitHub told this installation to wait. A restart does not forget it (fault K20).
limits = Table(
    "limits",
    metadata,
    Column("installation", BigInteger, primary_key=True, autoincrement=False),
    Column("until", UtcTime, nullable=False),
    Column("why", Text, nullable=False),
    Column("strikes", Integer, nullable=False),  # limits in a row without a success between
)

repositories = Table(
    "repositories",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("installation", BigInteger, nullable=False),
    Column("full_name", Text, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)
Index("repositories_full_name", repositories.c.full_name)

#: Runner tokens; only the SHA-256 of a token is kept.
tokens = Table(
    "tokens",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("repo", BigInteger),  # null: every repository
    Column("created_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
)
