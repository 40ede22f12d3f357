"""The command line: thin, no physics. Exit status 0 done, 1 failed, 2 wrong usage.

A command imports what it needs when it runs, so that --help answers at once.
"""

from onlinecei.cli._app import app, main

__all__ = ["app", "main"]
