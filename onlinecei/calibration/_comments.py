"""The comments of a setup file, by the key they belong to, so that a person's words outlive a rewriting.

A comment that is read wrongly would be a wrong comment, never a wrong value: values come from the setup itself.
"""

import re

_HEAD = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_-]+)\s*\]\]?\s*(?P<rest>#.*)?$")
_ENTRY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=(?P<rest>.*)$")
_BEHIND = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|[^#"'])*#(?P<words>.*)""")
"""What follows the first # that stands in no string."""
TOP = ""
"""Key of the words at the head of the file."""


def comments_of(text: str) -> dict[str, str]:
    """Collect comments behind tables and values, or on the lines straight above them.

    Parameters
    ----------
    text
        A setup file that was read without a mistake, or nothing.

    Returns
    -------
    dict
        Comments by key: ``spectrometer``, ``spectrometer.t0_ns``, ``ions[0].name``; and `TOP`.
    """
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    table, above = "", []
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            above.append(line.lstrip().lstrip("#").strip())
            continue
        if not line.strip() and above and not found and not table:
            found[TOP] = "\n".join(above)
        if head := _HEAD.match(line):
            table = _path(head[1], head[2], counts)
            _put(found, table, above, line)
        elif entry := _ENTRY.match(line):
            _put(found, f"{table}.{entry[1]}" if table else entry[1], above, entry["rest"])
        above = []
    return {key: words for key, words in found.items() if words}


def _path(bracket: str, name: str, counts: dict[str, int]) -> str:
    if bracket == "[":
        return name
    counts[name] = counts.get(name, -1) + 1
    return f"{name}[{counts[name]}]"


def _put(found: dict[str, str], key: str, above: list[str], line: str) -> None:
    behind = _BEHIND.match(line)
    found[key] = " ".join(each for each in (*above, behind["words"].strip() if behind else "") if each)
