"""When a comment of ours that is edited in place gets a new wording, and which write brings it."""

import msgspec

from bot.model.conditions import TextIsNewest
from bot.model.ids import IssueRef
from bot.model.markers import Marker, digest
from bot.model.records import TextRevised
from bot.model.texts import LivingText
from bot.model.writes import EditComment, PostComment, ResultOf


class Wording(msgspec.Struct, frozen=True):
    """What has to be recorded and written for a new wording."""

    record: TextRevised
    write: PostComment | EditComment


def same_words(text: LivingText, issue: IssueRef, *, is_final: bool) -> TextRevised | None:
    """What has to be recorded where the words stay: whether they are final now. None if that stays, too."""
    if not text.revision or text.is_final == is_final:
        return None
    return TextRevised(issue=issue, text=msgspec.structs.replace(text, is_final=is_final))


def new_wording(text: LivingText, issue: IssueRef, body: str, marker: Marker, *, is_final: bool) -> Wording | None:
    """None if the text says just this already. The first wording is posted, later ones are edits of that comment."""
    said = digest(body)
    if said == text.digest:
        return None
    new = LivingText(key=text.key, revision=text.revision + 1, digest=said, is_final=is_final)
    write = (
        EditComment(
            key=f"{text.key}/{new.revision}",
            issue=issue,
            comment=ResultOf(text.key),
            body=(body,),
            marker=marker,
            only_if=(TextIsNewest(text.key, new.revision),),
        )
        if text.revision
        else PostComment(key=text.key, issue=issue, body=(body,), marker=marker)
    )
    return Wording(TextRevised(issue=issue, text=new), write)
