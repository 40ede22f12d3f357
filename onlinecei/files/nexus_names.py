"""Names of channels, ions and states as NeXus allows them: letters, digits and underscores."""

import hashlib
import re


def nexus_name(name: str) -> str:
    """Write a name such as ``O2+/H+/H+ [bent]`` as ``O2p_Hp_Hp_bent``: p stands for the charge.

    Where a state is named with other signs, four digits that follow from the whole name tell it apart from others.
    """
    plain = name.replace("+", "p").replace("/", "_").replace(" [", "_").replace("]", "").replace(" ", "_")
    allowed = re.sub(r"[^A-Za-z0-9_]", "_", plain)
    return allowed if allowed == plain else f"{allowed}_{hashlib.sha256(name.encode()).hexdigest()[:4]}"
