"""What was measured in the last minutes: the sums of now minus those of then.

Sums are whole numbers, so the difference is exactly what came in between. A reader keeps some earlier sums for that;
nobody else has to.
"""

from collections import deque

from onlinecei.arrays import I8

SPAN_S = 300.0
"""How far back is looked."""
KEPT = 10
"""Earlier sums that are kept at most: one for each half minute."""
MAX_BYTES = 512 * 2**20
"""Memory that they may take; where sums are large, fewer are kept, and `since` goes back farther than asked."""


class Recent:
    """Earlier sums of one source, evenly in time.

    Parameters
    ----------
    span_s, kept, max_bytes
        How far back, in how many steps, and in how much memory; at least the one that is `span_s` old is kept.
    """

    def __init__(self, span_s: float = SPAN_S, kept: int = KEPT, max_bytes: int = MAX_BYTES) -> None:
        self.span_s, self._kept, self._max_bytes = span_s, kept, max_bytes
        self._before: deque[tuple[float, I8]] = deque()
        self._of = ""

    def arrived(self, of: str, values: I8, now_s: float) -> None:
        """Take note of sums (V,) of a source and setup `of`; where they are others than before, all begins anew."""
        if self._before and (of != self._of or (values < self._before[-1][1]).any()):
            self._before.clear()
        self._of = of
        if not self._before or now_s - self._before[-1][0] >= self._step(values):
            self._before.append((now_s, values))
        while len(self._before) > 1 and now_s - self._before[1][0] >= self.span_s:
            self._before.popleft()

    def _step(self, values: I8) -> float:
        """Seconds between two that are kept; one more than these is, the one that is older than the span."""
        room = max(self._max_bytes // max(values.nbytes, 1) - 1, 1)
        return self.span_s / min(self._kept, room)

    def since(self, values: I8, now_s: float) -> tuple[I8, float]:
        """Give what came in the last `span_s`, and how long that is.

        Longer by up to one step, since sums are not kept for every moment; shorter where the source has not run so
        long.
        Its first sums are taken to be from the moment at which they arrived.
        """
        if not self._before or self._before[0][1] is values:
            return values, 0.0  # nothing was seen to come: a result that is looked at
        then, before = self._before[0]
        return values - before, now_s - then

    @property
    def bytes(self) -> int:
        """Memory that is taken now."""
        return sum(values.nbytes for _, values in self._before)
