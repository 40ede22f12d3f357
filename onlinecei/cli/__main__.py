"""`python -m onlinecei.cli`."""

from onlinecei.cli import main

if __name__ == "__main__":  # a process that is spawned imports this file under another name
    main()
