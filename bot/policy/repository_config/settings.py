"""Every key of `.github/interlock.yml`: the parser works from this list, and the documentation is made of it."""

from dataclasses import dataclass
from typing import Any

from bot.model.config import RepositoryConfig
from bot.model.triage_rules import DEFAULT
from bot.policy.repository_config.shapes import LABEL, LABEL_OR_NONE, Items, Line, OneOf, Shape, Switch, Table, Whole

#: The sections in the order in which they are documented, and what each is about.
SECTIONS: dict[str, str] = {
    "labels": "The labels that the bot reads and sets. No two may be alike, whatever the case of their letters.",
    "triage": "How an opened issue is judged, and what is asked when something is missing.",
    "decompose": "How an epic is turned into sub-issues.",
    "safety": "When the bot stops by itself.",
}
KINDS = ("bug", "feature", "question", "docs", "chore", "task")
_QUESTION = Line("a text", 500)
_HEADING = Line("the name of a heading", 80)
_PROMPT = Line("a line", 200)


@dataclass(frozen=True, slots=True)
class Setting:
    """One key. `field` is what it sets in `RepositoryConfig`; after `rules.`, in its `TriageRules`.

    `adds` says that a mapping is added to what is built in and does not take its place.
    """

    section: str
    key: str
    field: str
    shape: Shape
    meaning: str
    adds: bool = False

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key}"

    def of(self, config: RepositoryConfig) -> Any:
        value: Any = config
        for part in self.field.split("."):
            value = getattr(value, part)
        return value

    @property
    def default(self) -> Any:
        return self.of(RepositoryConfig())


SETTINGS: tuple[Setting, ...] = (
    Setting("labels", "clarification", "clarification_label", LABEL, "A question of the bot waits for an answer."),
    Setting("labels", "human", "human_label", LABEL, "The bot has asked often enough; a person has to look."),
    Setting("labels", "epic", "epic_label", LABEL, "Set by a person: the issue is an epic, and is decomposed."),
    Setting("labels", "decompose", "decompose_label", LABEL, "Set by a person: the same for any issue."),
    Setting("labels", "decomposed", "decomposed_label", LABEL, "The sub-issues of an epic are there."),
    Setting("labels", "blocked", "blocked_label", LABEL, "The issue waits for another one."),
    Setting("labels", "ready", "ready_label", LABEL_OR_NONE, "Nothing is missing. Not set unless it has a name."),
    Setting("triage", "enabled", "triage", Switch(), "Whether opened issues are triaged at all."),
    Setting("triage", "rounds", "rounds", Whole(1, 5), "Questions of the bot before a person is needed."),
    Setting(
        "triage",
        "reminder_days",
        "reminder_days",
        Whole(1, 365, zero="never"),
        "Days after which an unanswered question is brought to mind, once.",
    ),
    Setting(
        "triage", "many_tasks", "rules.many_tasks", Whole(2, 100), "Open boxes from which an issue looks like an epic."
    ),
    Setting(
        "triage",
        "few_words",
        "rules.few_words",
        Whole(0, 100),
        "A description of a bug with fewer words of its own does not describe it.",
    ),
    Setting(
        "triage",
        "ask",
        "rules.bug_needs",
        Items(OneOf(DEFAULT.bug_needs), len(DEFAULT.bug_needs)),
        "What a report of a bug needs, in the order in which it is asked for.",
    ),
    Setting(
        "triage",
        "questions",
        "rules.questions",
        Table(tuple(DEFAULT.questions), _QUESTION),
        "The words in which something is asked for; `answer` stands before a question that the text left open.",
        adds=True,
    ),
    Setting(
        "triage",
        "prompts",
        "rules.prompts",
        Items(_PROMPT, 100),
        "Lines of your templates that say nothing when they are left as they are.",
    ),
    Setting(
        "triage",
        "kinds",
        "rules.labels",
        Table(KINDS, Items(LABEL, 50)),
        "Labels that say of which kind an issue is, besides those that are built in.",
        adds=True,
    ),
    Setting(
        "triage",
        "sections",
        "rules.sections",
        Table(tuple(DEFAULT.sections), Items(_HEADING, 50)),
        "Headings of your templates and what stands below them, besides those that are built in.",
        adds=True,
    ),
    Setting(
        "decompose",
        "most_children",
        "most_children",
        Whole(1, 100),
        "Sub-issues that one decomposition may create; for more, a preview asks for confirmation.",
    ),
    Setting("decompose", "child_labels", "child_labels", Items(LABEL, 20), "Labels that every new sub-issue carries."),
    Setting(
        "safety",
        "decisions_per_hour",
        "decisions_per_hour",
        Whole(3, 1000),
        "Decisions to write about one issue, in an hour, that no person caused; beyond them the bot waits for one.",
    ),
)
#: Those that name what an issue is to the bot: two that are alike would make it take one for the other.
ROLES: tuple[Setting, ...] = tuple(setting for setting in SETTINGS if setting.section == "labels")


def settings_of(section: str) -> dict[str, Setting]:
    return {setting.key: setting for setting in SETTINGS if setting.section == section}
