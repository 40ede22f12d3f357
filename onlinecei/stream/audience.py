"""Those who read a line: their questions, and the setups that they ask for."""

from dataclasses import dataclass, field, replace

from onlinecei.errors import WireError
from onlinecei.stream.ports import Outbox
from onlinecei.stream.questions import Newest, Question, Questions
from onlinecei.stream.revisions import Revision
from onlinecei.stream.wire import Kind, Message, fact


@dataclass(slots=True)
class Audience:
    """Answers readers; a setup that one sends is passed on to ingest, which alone knows where it can begin."""

    readers: Outbox
    ingest: Outbox
    questions: Questions
    _held_back: list[Message] = field(default_factory=list)
    """Answers that are true once the state is saved."""

    def ask(self, reader: bytes, message: Message) -> None:
        """Remember a reader's question, answered as soon as there is something newer; pass on a setup it sends."""
        if message.kind is Kind.REVISE:
            self._revise(reader, message)
        elif message.kind is Kind.ASK:
            since, geometry = fact(message, "since", -1), fact(message, "geometry", -1)
            events = bool(fact(message, "events", 0))
            self.questions.ask(reader, Question(since=since, geometry=geometry, events=events))

    def hold(self, answer: Message) -> None:
        """Keep an answer of ingest back until `release`; `WireError` where it is for nobody."""
        _reader_of(answer)
        self._held_back.append(replace(answer, buffers={}))

    def release(self) -> None:
        """Give the answers that were kept back."""
        for answer in self._held_back:
            self.readers.send(answer, to=_reader_of(answer))
        self._held_back = []

    def give(self, newest: Newest) -> None:
        """Answer the readers that wait for this version."""
        self.questions.give(self.readers, newest)

    def _revise(self, reader: bytes, message: Message) -> None:
        try:
            Revision.of(message).check()
            self.ingest.send(replace(message, info={**message.info, "reader": reader.hex()}))
        except WireError as error:
            self.readers.send(Message(kind=Kind.REFUSED, info={"reason": str(error)}), to=reader)


def _reader_of(message: Message) -> bytes:
    try:
        return bytes.fromhex(str(message.info.get("reader", "")))
    except ValueError as error:
        raise WireError(f"reader {str(message.info.get('reader'))[:64]!r} is no address") from error
