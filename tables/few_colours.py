"""Pictures in 256 colours, a third of the size: ``python tables/few_colours.py FILE...``."""  # noqa: INP001

import sys
from pathlib import Path

from PIL import Image

COLOURS, ROUNDS = 256, 3


def few_colours(path: Path) -> None:
    """Write a PNG anew with a palette of its own; a picture that has one stays as it is."""
    with Image.open(path) as picture:
        if picture.mode == "P":
            return
        palette = picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=ROUNDS)
    palette.save(path, optimize=True)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        few_colours(Path(name))
