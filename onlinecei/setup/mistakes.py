"""What is wrong with a setup, in one sentence."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails


def sentence(error: ValidationError) -> str:
    """Say the first mistake in one sentence, with its key and value."""
    first = error.errors(include_url=False)[0]
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return _mistake(first) + more


def _mistake(details: ErrorDetails) -> str:
    key = ".".join(str(part) for part in details["loc"])
    where = f"key '{key}'" if key else "the file"
    match details["type"]:
        case "extra_forbidden":
            return f"{where} is not known; see the reference of setup keys for the names, units included"
        case "missing":
            return f"{where} is missing"
        case "value_error":
            return details["msg"].removeprefix("Value error, ") if not key else f"{where}: {_message(details)}"
        case _:
            return f"{where} is {details['input']!r}: {_message(details)}"


def _message(details: ErrorDetails) -> str:
    text = details["msg"].removeprefix("Value error, ")
    return text[0].lower() + text[1:]
