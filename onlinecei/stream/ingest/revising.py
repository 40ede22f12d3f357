"""What ingest answers to whoever wants another setup: it alone knows which trains are under way."""

from onlinecei.stream.revisions import Revision, Revisions, revisions_buffers
from onlinecei.stream.wire import Kind, Message


def answer(message: Message, revisions: Revisions, soonest: int, ended: bool) -> Message:  # noqa: FBT001
    """Take a revision up where its trains have not been handed out yet, from train `soonest` on."""
    wanted, said = Revision.of(message), {"reader": message.info.get("reader", "")}
    wanted.check()
    if ended:
        reason = "the source has been read to its end: analyse it again with the other setup"
    elif 0 < wanted.first_train < soonest:
        reason = f"train {wanted.first_train} is under way already, the first that can be had is {soonest}"
    else:
        taken = revisions.add(wanted.first_train or soonest, wanted.setup_text)
        info = {**said, "revision": taken.number, "first_train": taken.first_train}
        return Message(kind=Kind.REVISED, info=info, buffers=revisions_buffers([taken]))
    return Message(kind=Kind.REFUSED, info={**said, "reason": reason})
