"""Reading the open tasks of an epic."""

import pytest

from bot.policy.task_list import open_tasks


def titles(body: str) -> list[str]:
    return [task.title for task in open_tasks(body)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("- [ ] one\n- [ ] two", ["one", "two"]),
        ("* [ ] one\n\n+ [ ] two\n\n1. [ ] three", ["one", "two", "three"]),
        ("- [ ] one\r\n- [x] done\r\n- [X] done too\r\n", ["one"]),
        ("- [ ] outer\n  - [ ] inner\n  - [x] finished", ["outer", "inner"]),
        ("- [ ] **bold** and `code` and [a link](https://x.test)", ["bold and code and a link"]),
        ("- [ ] first line\n  goes on", ["first line goes on"]),
        ("- plain\n- [ ]\n- [ ] \n- [y] odd\n- [ ]tight", []),
        ("> - [ ] quoted", []),
        ("```\n- [ ] in a fence\n```", []),
        ("    - [ ] in code", []),
        ("<!--\n- [ ] hidden\n-->", []),
        ("[ ] not an item", []),
        ("- text\n\n  [ ] second paragraph of an item", []),
        ("", []),
    ],
)
def test_open_boxes_are_tasks_and_nothing_else_is(body: str, expected: list[str]) -> None:
    assert titles(body) == expected


def test_a_title_fits_githubs_limit() -> None:
    assert [len(title) for title in titles("- [ ] " + "x" * 1000)] == [256]


@pytest.mark.parametrize(
    ("item", "reference"),
    [
        ("#12", ("", 12)),
        ("acme/rail-way#12", ("acme/rail-way", 12)),
        ("https://github.com/acme/railway/issues/12", ("acme/railway", 12)),
        ("#12 and more", None),
        ("see #12", None),
        ("#012", None),
        ("#0", None),
        ("C#12x", None),
    ],
)
def test_an_item_that_is_a_reference_and_nothing_else_refers(item: str, reference: tuple[str, int] | None) -> None:
    assert [task.refers_to for task in open_tasks(f"- [ ] {item}")] == [reference]
