"""Webhook payloads made from GitHub's published schemas: valid, seeded, and odd where the schema allows it."""

import random
import re
import string
from collections.abc import Iterator
from typing import Any, Literal

from tests.sandbox.oracle import webhook_schema, webhook_validator

Json = dict[str, Any]
Shape = Literal["full", "mixed", "bare"]

#: Texts that a schema of type string allows and a careless reader does not expect.
TEXTS = (
    "",
    "x",
    "Grüße, Ω, 日本語 🚂",
    "a\nb\r\n\tc",
    "/decompose\n/plan",
    "@everyone fixes #1",
    "../..",
    "' OR 1=1 --",
    "%00",
)
FORMATS = {
    "uri": "https://example.org/a",
    "uri-template": "https://example.org/{a}",
    "date-time": "2026-03-04T12:00:00Z",
    "email": "a@example.org",
}
#: The schemas call a commit id a string and no more; GitHub sends 40 hex digits, all zeros where there is no commit.
COMMITS = frozenset({"sha", "head_sha", "base_sha", "after", "before", "commit_id", "merge_commit_sha"})
#: "An account, or null" is written there as "null, and an account": nothing can fit, so nothing is compared.
_SCHEMA_IS_WRONG = re.compile(r"repository_advisory/(author|publisher|private_fork)\b.*")
#: A choice may fit two branches by accident (a team and a user); then another one is drawn.
_DRAWS = 20


class Contradiction(ValueError):
    """No value can fit the schema."""


def payload(kind: str, seed: int, shape: Shape) -> Json:
    """A valid body of `kind`, the same one every time. `full` has every property the schema names, `bare` none that
    may be absent, `mixed` some.

    Raises AssertionError if nothing that is made fits the schema: then this file is wrong.
    """
    chance = random.Random(f"{kind}/{seed}/{shape}")
    wrong: list[str] = []
    for _ in range(_DRAWS):
        made: Json = _Maker(chance, shape).value(webhook_schema(kind))
        wrong = problems(kind, made)
        if not wrong:
            return made
    raise AssertionError(f"{kind}: {wrong}")


def problems(kind: str, body: Json) -> list[str]:
    """Where `body` breaks the schema of `kind`."""
    found = webhook_validator(kind).iter_errors(body)
    named = (f"{'/'.join(map(str, one.instance_path))}: {one.message[:200]}" for one in found)
    return [one for one in named if not _SCHEMA_IS_WRONG.fullmatch(one)]


class _Maker:
    """Values for the part of JSON Schema that the webhook schemas use."""

    def __init__(self, chance: random.Random, shape: Shape) -> None:
        self._chance, self._shape = chance, shape

    def value(self, schema: Json) -> Any:
        plain = self._plain(schema)
        if "enum" in plain:
            return self._chance.choice(plain["enum"])
        match self._type(plain):
            case "object":
                return self._object(plain)
            case "array":
                most = 0 if self._shape == "bare" else self._chance.choice((1, 2))
                return [self.value(plain.get("items", {"type": "string"})) for _ in range(most)]
            case "string":
                return self._text(plain)
            case "integer" | "number":
                least, most = plain.get("minimum", 0), plain.get("maximum", 2**53)
                return self._chance.choice((least, most, self._chance.randint(least, most)))
            case "boolean":
                return self._chance.random() < 0.5
        return None

    def _type(self, plain: Json) -> str:
        """One of the types; null, where it is allowed, in a third of all cases."""
        types = _types(plain)
        if not types:
            raise Contradiction(str(plain)[:200])
        solid = [one for one in types if one != "null"]
        if "null" in types and (not solid or self._chance.random() < 1 / 3):
            return "null"
        return str(self._chance.choice(solid))

    def _object(self, plain: Json) -> Json:
        made = {}
        required = set(plain.get("required", ()))
        for name, schema in plain.get("properties", {}).items():
            if name in required or self._shape == "full" or (self._shape == "mixed" and self._chance.random() < 0.5):
                made[name] = self._commit(name, self.value(schema))
        for name in sorted(required - set(plain.get("properties", {}))):
            made[name] = "something"
        return made

    def _commit(self, name: str, value: Any) -> Any:
        if name not in COMMITS or not isinstance(value, str):
            return value
        return self._chance.choice(("0" * 40, f"{self._chance.getrandbits(160):040x}"))

    def _text(self, plain: Json) -> str:
        if known := FORMATS.get(plain.get("format", "")):
            return known
        drawn = "".join(self._chance.choices(string.ascii_letters + string.digits, k=self._chance.choice((1, 40))))
        return self._chance.choice((*TEXTS, drawn))[: plain.get("maxLength", 10_000)]

    def _plain(self, schema: Json) -> Json:
        """`schema` without references and combinations: one branch of each choice is taken."""
        if "$ref" in schema:
            return self._plain(webhook_schema(schema["$ref"].rpartition("/")[2], component=True))
        own = {name: value for name, value in schema.items() if name not in ("allOf", "anyOf", "oneOf")}
        if "allOf" in schema and own.get("type") == ["null"]:
            del own["type"]  # see _SCHEMA_IS_WRONG
        parts = [self._plain(part) for part in schema.get("allOf", ())]
        for choice in (schema[name] for name in ("anyOf", "oneOf") if name in schema):
            fitting = [part for part in map(self._plain, choice) if _fit(own, part)]
            if not fitting:
                raise Contradiction(str(schema)[:200])
            parts.append(self._chance.choice(fitting))
        for part in parts:
            own = _both(own, part)
        return own


def _types(schema: Json) -> list[str]:
    """The types a schema allows; where it names none, those its other keywords speak of."""
    stated = schema.get("type", "object" if "properties" in schema or "required" in schema else "string")
    return [stated] if isinstance(stated, str) else list(stated)


def _fit(one: Json, other: Json) -> bool:
    return "type" not in one or "type" not in other or bool(set(_types(one)) & set(_types(other)))


def _both(one: Json, other: Json) -> Json:
    """What fits both of two plain schemas."""
    merged = {**one, **other}
    if "type" in one and "type" in other:
        merged["type"] = [name for name in _types(one) if name in _types(other)]
    if "properties" in one and "properties" in other:
        shared = {name: {"allOf": [one["properties"][name], other["properties"][name]]} for name in _shared(one, other)}
        merged["properties"] = {**one["properties"], **other["properties"], **shared}
    if "items" in one and "items" in other:
        merged["items"] = {"allOf": [one["items"], other["items"]]}
    merged["required"] = [*one.get("required", ()), *other.get("required", ())]
    return merged


def _shared(one: Json, other: Json) -> Iterator[str]:
    return (name for name in one["properties"] if name in other["properties"])
