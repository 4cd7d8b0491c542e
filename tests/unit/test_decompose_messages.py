"""Words of a description stay words when they are shown: what was code in it is no Markdown of ours."""

import pytest
from markdown_it import MarkdownIt

from bot.messages import decompose
from bot.model.epics import NewChild, PlannedChild, Progress, Run

CODE = (
    "Option<T>",
    "<details>",
    "![x](http://example.test/x.png)",
    "[here](http://example.test)",
    "<!-- gone",
    "[x]: /y",
)


def _texts(words: str) -> dict[str, str]:
    child, old = NewChild(key="k", title=words, why=words, depth=1), PlannedChild(key="o", title=words)
    run = Run(id=1, issue=9, by="ada", left_out=(words,))
    return {
        "child": decompose.render_child(1, (words,), (words,)),
        "summary": decompose.render_summary([Progress(title=words, number=4, status="failed", why=words)], [run]),
        "preview": decompose.render_preview(
            (child,), (words,), why="preview", command="/decompose", limit=20, like={"k": old}
        ),
        "renamed": decompose.render_renamed(((child, old),), "/decompose confirm"),
        "nothing here": decompose.render_nothing_here((words,)),
    }


@pytest.mark.parametrize("words", CODE)
@pytest.mark.parametrize("name", _texts(""))
def test_what_was_code_in_a_description_is_shown_as_it_was_read(name: str, words: str) -> None:
    text = _texts(words)[name].replace("<sub>", "").replace("</sub>", "")
    tokens = MarkdownIt("commonmark").parse(text)
    kinds = {token.type for block in tokens for token in (block, *(block.children or ()))}
    assert not kinds & {"html_inline", "html_block", "image", "link_open"}
    read = "".join(token.content for block in tokens for token in block.children or () if token.type == "text")
    assert words in read.replace("\u2060", "")


@pytest.mark.parametrize("words", ["a `b` c", "`", "a ``b` c", "plain"])
def test_words_shown_as_code_are_one_piece_of_code(words: str) -> None:
    (block,) = (one for one in MarkdownIt("commonmark").parse(decompose.render_no_section(words, ())) if one.children)
    assert [one.content for one in block.children or () if one.type == "code_inline"] == [words]
