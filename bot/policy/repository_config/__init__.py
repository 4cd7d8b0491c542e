"""`.github/interlock.yml` -> `RepositoryConfig`: strict; all that is wrong is told at once, each with its place."""

from collections.abc import Callable
from collections.abc import Mapping as Mapping_
from typing import Any

import msgspec
import yaml

from bot.model.config import Config, Documented, Problem, RepositoryConfig
from bot.model.facts import File
from bot.model.triage_rules import DEFAULT
from bot.policy.repository_config.settings import ROLES, SECTIONS, SETTINGS, Setting, settings_of
from bot.policy.repository_config.shapes import known_pairs, refuse_programs
from bot.policy.repository_config.tree import LONGEST, Findings, Mapping, Node, Scalar, Sequence, quoted, read_tree
from bot.policy.triage.kinds import plain_label
from bot.policy.triage.reading import heading_words
from bot.policy.triage.skeleton import unmarked

__all__ = ["LONGEST", "applied", "documented", "read_config", "read_file", "said"]


def read_config(given: str | bytes) -> tuple[RepositoryConfig | None, tuple[Problem, ...]]:
    """The configuration that a file holds, or None and all that is wrong with it. An empty file is all defaults."""
    try:
        text = given if isinstance(given, str) else given.decode()
        size = len(given.encode()) if isinstance(given, str) else len(given)
    except UnicodeError as error:
        return None, (_not_utf8(given, error),)
    if size > LONGEST:
        return None, (_too_long(size),)
    findings = Findings(text)
    root = read_tree(text, findings)
    values = _Values(root, findings) if root is not None else None
    if problems := findings.all():
        return None, problems
    return values.config() if values else RepositoryConfig(), ()


def read_file(file: File | None) -> tuple[RepositoryConfig | None, tuple[Problem, ...]]:
    """The same for a file as GitHub gave it; no file is an empty one."""
    if file is None:
        return read_config("")
    return (None, (_too_long(file.size),)) if file.size > LONGEST else read_config(file.content)


def applied(config: Config, repository: RepositoryConfig) -> Config:
    """`config` as this repository wants it."""
    return msgspec.structs.replace(config, **msgspec.structs.asdict(repository))


def said(config: RepositoryConfig) -> tuple[str, ...]:
    """The names of the settings that are not as they are by default."""
    return tuple(setting.name for setting in SETTINGS if setting.of(config) != setting.default)


def documented() -> tuple[Documented, ...]:
    """Every key, in the order of the documentation."""
    return tuple(
        Documented(
            section=setting.section,
            about=SECTIONS[setting.section],
            key=setting.key,
            values=setting.shape.words,
            default=_spelled(setting.default),
            meaning=setting.meaning,
            adds=setting.adds,
        )
        for setting in SETTINGS
    )


def _spelled(value: Any) -> str:
    """As it would stand in the file: in brackets what is a list, a line for each key of a mapping."""
    if isinstance(value, Mapping_):
        return "\n".join(f"{key}: {_spelled(one)}" for key, one in value.items())
    plain = list(value) if isinstance(value, tuple) else value
    width = 100 if isinstance(value, tuple) else LONGEST
    text = yaml.safe_dump(plain, default_flow_style=True, allow_unicode=True, width=width)
    return text.removesuffix("\n").removesuffix("\n...").replace("''", '""')


def _too_long(size: int) -> Problem:
    return Problem(1, 1, f"the file has {size:,} bytes", f"it may have {LONGEST:,}")


def _not_utf8(given: str | bytes, error: UnicodeError) -> Problem:
    at = error.start if isinstance(error, UnicodeDecodeError | UnicodeEncodeError) else 0
    before = given[:at] if isinstance(given, bytes) else given[:at].encode(errors="replace")
    line = before.count(b"\n") + 1
    column = len(before.rpartition(b"\n")[2].decode(errors="replace")) + 1
    return Problem(line, column, "not UTF-8", "save the file as UTF-8")


class _Values:
    """What stands in the file, by the setting it belongs to, with its place."""

    def __init__(self, root: Node, findings: Findings) -> None:
        self._findings = findings
        self._read: dict[str, tuple[Setting, Any, Node]] = {}
        elsewhere = {setting.key: setting.section for setting in reversed(SETTINGS)}
        refuse_programs(root, findings)
        for section, below in known_pairs(root, "", tuple(SECTIONS), findings, elsewhere):
            known = settings_of(section)
            others = {key: place for key, place in elsewhere.items() if key not in known}
            for key, node in known_pairs(below, section, tuple(known), findings, others):
                value = known[key].shape.read(node, known[key].name, findings)
                if value is not None:
                    self._read[known[key].name] = (known[key], value, node)
        self._check_roles()
        self._check_child_labels()
        self._check_names("triage.kinds", plain_label)
        self._check_names("triage.sections", heading_words)

    def config(self) -> RepositoryConfig:
        """To be asked for only if nothing was wrong."""
        own: dict[str, Any] = {}
        rules: dict[str, Any] = {}
        for setting, value, _ in self._read.values():
            first, _, rest = setting.field.partition(".")
            (rules if rest else own)[rest or first] = _added(setting.field, value) if setting.adds else value
        found = RepositoryConfig(**own)
        rules |= {"epic_labels": (found.epic_label, found.decompose_label)}
        rules |= {"blocked_labels": tuple(dict.fromkeys((found.blocked_label, *DEFAULT.blocked_labels[1:])))}
        rules |= {"prompts": tuple(unmarked(line).replace("`", "") for line in rules.get("prompts", DEFAULT.prompts))}
        return msgspec.structs.replace(found, rules=msgspec.structs.replace(DEFAULT, **rules))

    def _check_roles(self) -> None:
        """No two roles alike, given or by default; told where the later of them was given."""
        taken: dict[str, Setting] = {}
        given = [role for role in ROLES if role.name in self._read]
        for role in sorted(ROLES, key=lambda role: role in given):  # what was not given cannot be at fault
            name = str(self._value(role)).casefold()
            first = taken.setdefault(name, role) if name else role
            if first is not role:
                node = self._read[role.name][2]
                by = "" if first in given else " by default"
                self._findings.add(
                    node.at,
                    f"{role.name} is {quoted(str(self._value(role)))}, as {first.name} is{by}",
                    "each needs a name of its own, whatever the case of the letters",
                )

    def _check_child_labels(self) -> None:
        """A child that carried the label of an epic would be decomposed itself, without end."""
        roles = {str(self._value(role)).casefold(): role for role in ROLES if self._value(role)}
        for label in _texts(self._node("decompose.child_labels")):
            if role := roles.get(label.text.casefold()):
                what = f"decompose.child_labels has {quoted(label.text)}, which is {role.name}"
                self._findings.add(label.at, what, "the bot gives that label a meaning; choose another")

    def _check_names(self, name: str, plain: Callable[[str], str]) -> None:
        """Each name stands for one thing only, and has letters or digits to be compared by."""
        table, meant = self._node(name), dict[str, str]()
        for key, listed in table.pairs if isinstance(table, Mapping) else ():
            place = f"{name}.{key.text}" if isinstance(key, Scalar) else name
            for word in _texts(listed):
                if not plain(word.text):
                    right = "names are compared by these; write one that has some"
                    self._findings.add(word.at, f"{quoted(word.text)} in {place} has neither letters nor digits", right)
                elif meant.setdefault(plain(word.text), place) != place:
                    what = f"{quoted(word.text)} in {place} stands in {meant[plain(word.text)]}, too"
                    self._findings.add(word.at, what, "one name cannot mean both; delete one of them")

    def _node(self, name: str) -> Node | None:
        return self._read[name][2] if name in self._read else None

    def _value(self, setting: Setting) -> Any:
        return self._read[setting.name][1] if setting.name in self._read else setting.default


def _texts(listed: Node | None) -> list[Scalar]:
    """The items of a list that are texts; what else stands there was refused by its shape."""
    items = listed.items if isinstance(listed, Sequence) else []
    return [item for item in items if isinstance(item, Scalar) and item.kind == "str"]


def _added(field: str, value: Mapping_[str, Any]) -> dict[str, Any]:
    """A mapping of the repository together with what is built in, as names are compared."""
    match field:
        case "rules.questions":
            return {**DEFAULT.questions, **value}
        case "rules.labels":
            return _joined(DEFAULT.labels, value, plain_label)
        case "rules.sections":
            return _joined(DEFAULT.sections, value, heading_words)
    raise LookupError(f"nobody knows how to add to {field}")


def _joined(
    known: Mapping_[str, tuple[str, ...]], more: Mapping_[str, tuple[str, ...]], plain: Callable[[str], str]
) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(dict.fromkeys((*known.get(name, ()), *map(plain, more.get(name, ())))))
        for name in dict.fromkeys((*known, *more))
    }
