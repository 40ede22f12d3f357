"""A recorded run played as a facility would send it: through a real Karabo bridge, or by our own wire protocol."""

from onlinecei.stream.serving.bridge import BridgeServer
from onlinecei.stream.serving.play import Pace, play, played, shift_of_now, trains_of
from onlinecei.stream.serving.section import with_source
from onlinecei.stream.serving.wire import WireServer

__all__ = ["BridgeServer", "Pace", "WireServer", "play", "played", "shift_of_now", "trains_of", "with_source"]
