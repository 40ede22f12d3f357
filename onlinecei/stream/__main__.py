"""Entry of the line's processes: ``python -m onlinecei.stream ROLE CONFIG``."""

import sys

from onlinecei.stream.processes import main

sys.exit(main(sys.argv[1:]))
