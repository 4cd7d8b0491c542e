"""Checks everything the sandbox says against GitHub's published schemas (see oracle/README.md).

Pass an `Oracle` to `Sandbox.start(…, observer=oracle)` and call `oracle.assert_clean()` at the end.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

Json = dict[str, Any]
_FOLDER = Path(__file__).with_name("oracle")
_PREFIX = "#/components/schemas/"
_SCHEMA_IS_WRONG = re.compile(
    # The published schema of this one list demands an account that is a user and an enterprise at once (no recorded
    # reply of GitHub passes it), and is older than the schema of a single installation, which the same objects pass.
    r"GET /app/installations 200: (\d+/account: .*|/\d+/(client_id|permissions/merge_queues): no such key .*)"
    # Every webhook sent to an App names its installation; these two schemas alone leave the key out.
    r"|webhook pull-request-(de)?milestoned: /installation: no such key .*",
    re.DOTALL,
)
_EVERYWHERE = frozenset({"301", "400", "401", "403", "404", "410", "422"})  # an error any operation may answer


@cache
def _document(name: str) -> Json:
    loaded: Json = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def webhook_kinds() -> frozenset[str]:
    return frozenset(_document("github_webhooks")["webhooks"])


def webhook_schema(name: str, *, component: bool = False) -> Json:
    """The schema of a webhook kind, or a component that such schemas refer to."""
    document = _document("github_webhooks")
    found: Json = document["components"]["schemas"][name] if component else document["webhooks"][name]
    return found


def webhook_validator(kind: str) -> Any:
    return _validator("github_webhooks", json.dumps(webhook_schema(kind), sort_keys=True))


class Oracle:
    """An observer of the sandbox that remembers every violation, and what it has seen."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.answers: set[tuple[str, str, int]] = set()  # method, template, status
        self.webhooks: list[tuple[str, Json]] = []  # kind, payload

    def rest(self, method: str, template: str, status: int, body: Any) -> None:
        self.answers.add((method, template, status))
        where = f"{method} {template} {status}"
        operation = _document("github_rest")["paths"].get(template, {}).get(method.lower())
        if operation is None:
            self.violations.append(f"{where}: GitHub has no such operation")
            return
        schema = _response_schema(operation, str(status))
        if schema is None and (str(status) not in operation["responses"] or body is not None):
            self.violations.append(f"{where}: not a documented answer, or one without a body")
        elif schema is not None:
            self._compare("github_rest", where, schema, body)

    def webhook(self, kind: str, payload: Json) -> None:
        self.webhooks.append((kind, payload))
        schema = _document("github_webhooks")["webhooks"].get(kind)
        if schema is None:
            self.violations.append(f"webhook {kind}: no published schema")
        else:
            self._compare("github_webhooks", f"webhook {kind}", schema, payload)

    def kinds(self) -> list[str]:
        """The kinds of the webhooks so far, in order."""
        return [kind for kind, _ in self.webhooks]

    def assert_clean(self) -> None:
        assert not self.violations, "\n".join(dict.fromkeys(self.violations))

    def _compare(self, document: str, where: str, schema: Json, body: Any) -> None:
        validator = _validator(document, json.dumps(schema, sort_keys=True))
        found = [f"{'/'.join(map(str, one.instance_path))}: {one.message[:300]}" for one in validator.iter_errors(body)]
        found += [f"{path}: no such key in the schema" for path in _unknown_keys(document, [schema], body)]
        named = [f"{where}: {one}" for one in found]
        self.violations += [one for one in named if not _SCHEMA_IS_WRONG.fullmatch(one)]


def _response_schema(operation: Json, status: str) -> Json | None:
    """The schema of an answer; None when there is none, because it is undocumented or has no body."""
    response = operation["responses"].get(status)
    if response is None and status in _EVERYWHERE:
        return {"$ref": _PREFIX + ("validation-error" if status == "422" else "basic-error")}
    if response is not None and "$ref" in response:
        response = _document("github_rest")["components"]["responses"][response["$ref"].rpartition("/")[2]]
    content = (response or {}).get("content", {})
    schema: Json | None = content.get("application/json", {}).get("schema")
    return schema


@cache
def _validator(document: str, schema: str) -> Any:
    """Compiled on first use, with only the components the schema refers to: all of them would take seconds."""
    parsed = json.loads(schema)
    components = {"schemas": _closure(document, parsed)}
    return jsonschema_rs.validator_for({**parsed, "components": components}, validate_formats=True)


def _closure(document: str, schema: Json) -> Json:
    schemas, found, waiting = _document(document)["components"]["schemas"], {}, [schema]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in found:
                found[name] = schemas[name]
                waiting.append(schemas[name])
    return found


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"].removeprefix(_PREFIX)] if isinstance(node.get("$ref"), str) else []
        return own + [name for value in node.values() for name in _references(value)]
    if isinstance(node, list):
        return [name for value in node for name in _references(value)]
    return []


def _unknown_keys(document: str, schemas: list[Json], value: Any, path: str = "") -> list[str]:
    """Paths of keys that no branch of the schemas knows; a schema that allows any key allows these."""
    branches = [branch for schema in schemas for branch in _branches(document, schema)]
    if isinstance(value, list):
        items = [branch["items"] for branch in branches if "items" in branch]
        return [found for n, item in enumerate(value) for found in _unknown_keys(document, items, item, f"{path}/{n}")]
    if not isinstance(value, dict) or not branches:
        return []
    known = [branch["properties"] for branch in branches if "properties" in branch]
    is_open = not known or any(branch.get("additionalProperties") for branch in branches)
    unknown: list[str] = []
    for key, item in value.items():
        inner = [properties[key] for properties in known if key in properties]
        if inner:
            unknown += _unknown_keys(document, inner, item, f"{path}/{key}")
        elif not is_open:
            unknown.append(f"{path}/{key}")
    return unknown


def _branches(document: str, schema: Json) -> list[Json]:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_PREFIX)
        return _branches(document, _document(document)["components"]["schemas"][name])
    parts = [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key, [])]
    return [schema] + [branch for part in parts for branch in _branches(document, part)]
