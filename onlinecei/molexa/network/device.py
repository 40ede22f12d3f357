"""Where networks run."""

import torch

from onlinecei.errors import CEIError


def find_device(name: str, number: int = 0) -> torch.device:
    """Find a device by name: ``cpu``, ``cuda``, or ``auto``, the latter of them that is there.

    Parameters
    ----------
    name
        Of its kind.
    number
        Which of the graphics cards.

    Raises
    ------
    CEIError
        It is not there.
    """
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "cpu" or (name == "auto" and not cards):
        return torch.device("cpu")
    if name not in ("auto", "cuda"):
        raise CEIError(f"device is '{name}', expected 'cpu', 'cuda' or 'auto'")
    if number >= cards:
        raise CEIError(f"device is '{name}', but PyTorch finds {cards or 'no'} graphics cards, expected {number + 1}")
    return torch.device("cuda", number)
