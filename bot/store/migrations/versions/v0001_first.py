"""The first schema.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

#: An id counted by the database.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _attestations()
    _children()
    _inbox()
    _lanes()
    _limits()
    _overrides()
    _plans()
    _questions()
    _repositories()
    _switches()
    _tokens()
    _verdicts()
    _jobs()
    _decisions()
    _outbox()
    _outbox_dependencies()


def _attestations() -> None:
    op.create_table(
        "attestations",
        sa.Column("id", ID, nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("plan", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("tree", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("patch_id", sa.Text(), nullable=False),
        sa.Column("dirty", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attestations")),
        sa.UniqueConstraint("delivery", name=op.f("uq_attestations_delivery")),
        sqlite_autoincrement=True,
    )
    op.create_index("attestations_head", "attestations", ["head"], unique=False)
    op.create_index("attestations_patch_id", "attestations", ["patch_id"], unique=False)
    op.create_index("attestations_plan", "attestations", ["plan", "id"], unique=False)
    op.create_index("attestations_tree", "attestations", ["tree"], unique=False)


def _children() -> None:
    op.create_table(
        "children",
        sa.Column("id", ID, nullable=False),
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("epic", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("existing", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_children")),
        sa.UniqueConstraint("repo", "epic", "key", name=op.f("uq_children_repo_epic_key")),
        sqlite_autoincrement=True,
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('unread', 'read', 'ignored', 'dead')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("guid", name=op.f("uq_inbox_guid")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "inbox_dead",
        "inbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'dead'"),
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "inbox_unread",
        "inbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )


def _lanes() -> None:
    op.create_table(
        "lanes",
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.BigInteger(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("leased_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("queue in ('jobs', 'outbox')", name=op.f("ck_lanes_queue")),
        sa.PrimaryKeyConstraint("repo", "number", "queue", name=op.f("pk_lanes")),
    )
    op.create_index(
        "lanes_head",
        "lanes",
        ["head"],
        unique=False,
        sqlite_where=sa.text("head IS NOT NULL"),
        postgresql_where=sa.text("head IS NOT NULL"),
    )


def _limits() -> None:
    op.create_table(
        "limits",
        sa.Column("installation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("installation", name=op.f("pk_limits")),
    )


def _overrides() -> None:
    op.create_table(
        "overrides",
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("repo", "number", "label", "cause", name=op.f("pk_overrides")),
    )


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("installation", sa.BigInteger(), nullable=False),
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("base_branch", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("repo", "branch", name=op.f("uq_plans_repo_branch")),
    )
    op.create_index("plans_issue", "plans", ["repo", "number", "id"], unique=False)


def _questions() -> None:
    op.create_table(
        "questions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("installation", sa.BigInteger(), nullable=False),
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("asked_of", sa.Text(), nullable=False),
        sa.Column("write_key", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("answered_how", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
    )
    op.create_index("questions_issue", "questions", ["repo", "number", "round"], unique=False)


def _repositories() -> None:
    op.create_table(
        "repositories",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("installation", sa.BigInteger(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repositories")),
    )
    op.create_index("repositories_full_name", "repositories", ["full_name"], unique=False)


def _switches() -> None:
    op.create_table(
        "switches",
        sa.Column("repo", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("repo", name=op.f("pk_switches")),
    )


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("repo", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_tokens")),
        sa.UniqueConstraint("name", name=op.f("uq_tokens_name")),
    )


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("installation", sa.BigInteger(), nullable=False),
        sa.Column("tree", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("pulls", sa.Text(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("repo", "head", "revision", name=op.f("pk_verdicts")),
    )
    op.create_index("verdicts_tree", "verdicts", ["repo", "tree"], unique=False)


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", ID, nullable=False),
        sa.Column("delivery", ID, nullable=False),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('waiting', 'done', 'dead')", name=op.f("ck_jobs_state")),
        sa.ForeignKeyConstraint(["delivery"], ["inbox.id"], name=op.f("fk_jobs_delivery")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint(
            "delivery",
            "handler",
            "repo",
            "number",
            "ordinal",
            name=op.f("uq_jobs_delivery_handler_repo_number_ordinal"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "jobs_dead",
        "jobs",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'dead'"),
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "jobs_unfinished",
        "jobs",
        ["repo", "number", "id"],
        unique=False,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", ID, nullable=False),
        sa.Column("job", ID, nullable=False),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name=op.f("fk_decisions_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("job", name=op.f("uq_decisions_job")),
        sqlite_autoincrement=True,
    )
    op.create_index("decisions_lane", "decisions", ["repo", "number", "id"], unique=False)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("seq", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("lane_repo", sa.BigInteger(), nullable=False),
        sa.Column("lane_number", sa.BigInteger(), nullable=False),
        sa.Column("decision", ID, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("installation", sa.BigInteger(), nullable=False),
        sa.Column("repo", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("unmet", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("intent_at", sa.BigInteger(), nullable=True),
        sa.Column("reserved_on", sa.Date(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'sent', 'done', 'adopted', 'no_op', 'dry_run', "
            "'held', 'overridden', 'stale', 'denied', 'failed', 'unknown')",
            name=op.f("ck_outbox_state"),
        ),
        sa.ForeignKeyConstraint(["decision"], ["decisions.id"], name=op.f("fk_outbox_decision")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "outbox_ledger",
        "outbox",
        ["reserved_on", "installation", "surface"],
        unique=False,
        sqlite_where=sa.text("reserved_on IS NOT NULL"),
        postgresql_where=sa.text("reserved_on IS NOT NULL"),
    )
    op.create_index(
        "outbox_open",
        "outbox",
        ["lane_repo", "lane_number", "seq"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index(
        "outbox_ready",
        "outbox",
        ["seq"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL AND unmet = 0"),
        postgresql_where=sa.text("settled_at IS NULL AND unmet = 0"),
    )
    op.create_index("outbox_subject", "outbox", ["repo", "number"], unique=False)


def _outbox_dependencies() -> None:
    op.create_table(
        "outbox_dependencies",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["outbox.key"], name=op.f("fk_outbox_dependencies_key")),
        sa.ForeignKeyConstraint(["needs"], ["outbox.key"], name=op.f("fk_outbox_dependencies_needs")),
        sa.PrimaryKeyConstraint("key", "needs", name=op.f("pk_outbox_dependencies")),
    )
    op.create_index("outbox_dependencies_needs", "outbox_dependencies", ["needs"], unique=False)
