"""One thread for the linear algebra of every test, and of the processes that tests start.

Small networks and small matrices are slower with more, and where other work holds a core, fifty times slower.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before anything loads PyTorch, which reads it once
