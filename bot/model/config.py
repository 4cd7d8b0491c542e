"""What a repository may decide about the bot's behaviour. Every default stands here."""

from datetime import datetime

import msgspec

from bot.model.commands import Command
from bot.model.ids import AppIdentity
from bot.model.triage_rules import TriageRules

#: Where the file stands in a repository. Only that of the default branch counts.
CONFIG_FILE = ".github/interlock.yml"


class RepositoryConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a repository's file, defaults for what does not.

    `ready_label` is empty where no label says that an issue is ready. `rounds` is how many questions the bot asks
    about an issue before a human is needed; `reminder_days` after how many days it reminds once, 0 for never.
    `most_children` bounds one decomposition: 20 by default, 100 at GitHub; `child_labels` are what its children carry.
    `decisions_per_hour` is how many decisions to write about one issue no human need have caused.
    """

    clarification_label: str = "needs-clarification"
    human_label: str = "human-needed"
    epic_label: str = "epic"
    decompose_label: str = "needs-decompose"
    decomposed_label: str = "decomposed"
    blocked_label: str = "blocked"
    ready_label: str = ""
    triage: bool = True
    rounds: int = 2
    reminder_days: int = 7
    rules: TriageRules = TriageRules()
    most_children: int = 20
    child_labels: tuple[str, ...] = ()
    decisions_per_hour: int = 12


class Config(RepositoryConfig, frozen=True, kw_only=True):
    """`us` is our own identity, `commands` all that there are; the rest is the repository's."""

    us: AppIdentity
    commands: tuple[Command, ...] = ()
    check_name: str = "interlock/provenance"
    config_check_name: str = "interlock/config"


class Problem(msgspec.Struct, frozen=True, order=True):
    """One thing that is wrong in a configuration, and what would be right. `line` and `column` count from 1.

    Both texts may repeat words of the file: neutralise them before they are shown.
    """

    line: int
    column: int
    what: str
    right: str

    def __str__(self) -> str:
        return f"{self.what}; {self.right}"


class Adopted(msgspec.Struct, frozen=True, kw_only=True):
    """The last good text of a repository's file, empty if it had none, and when we began to follow it."""

    body: str
    at: datetime


class Documented(msgspec.Struct, frozen=True, kw_only=True):
    """One key of the file. `values` says what it may be, `default` is as it would stand in the file.

    `adds` says that the default is a mapping to which the file only adds.
    """

    section: str
    about: str
    key: str
    values: str
    default: str
    meaning: str
    adds: bool = False
