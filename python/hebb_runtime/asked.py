"""Looks at what a run is asked for, before anything of it is written."""

import numbers
import os
from dataclasses import replace
from typing import Any

from .errors import UserError, shown
from .options import MOST_EPOCHS, PROVIDERS, RANGES, Options


def checked(options: Options) -> Options:
    """The options with plain numbers and texts.

    :raises UserError: ('OptionError') that names the option and what it may be
    """
    made: dict[str, Any] = {name: _text(name, getattr(options, name)) for name in ("out", "bundle", "data")}
    if not made["out"]:
        raise _wrong("out", made["out"], "the path of a folder")
    for name, (least, most) in RANGES.items():
        made[name] = _whole(name, getattr(options, name), least, most)
    made["epochs"] = _epochs(options.epochs)
    if made["steps"] is not None and made["epochs"] is not None:
        raise UserError(
            "OptionError", "steps and epochs are both given: each is the length of the run", "Give one of them."
        )
    if options.provider is not None and options.provider not in PROVIDERS:
        raise _wrong("provider", options.provider, "'cpu' or 'cuda'")
    made["tf32"], made["resume"] = _flag("tf32", options.tf32), _flag("resume", options.resume)
    provider = options.provider or (None if options.resume else "cpu")
    if provider == "cpu" and (made["device"] is not None or made["tf32"]):
        raise UserError(
            "OptionError", "device and tf32 are for the provider 'cuda'", "Leave them out, or train on 'cuda'."
        )
    command = options.command
    if command is not None and not (
        isinstance(command, (list, tuple)) and all(isinstance(each, str) for each in command)
    ):
        raise _wrong("command", command, "a list of words")
    return replace(options, **made)


def _wrong(name: str, value: Any, wanted: str) -> UserError:
    return UserError("OptionError", f"{name} is {shown(_told(value), 60)}, and must be {wanted}")


def _told(value: Any) -> str:
    try:
        return repr(value)
    except ValueError:
        # Of whole numbers of thousands of digits Python writes none.
        return "too large"


def _text(name: str, value: Any) -> str | None:
    path = os.fspath(value) if isinstance(value, os.PathLike) else value
    if path is None and name != "out":
        return None
    if not isinstance(path, str) or "\0" in path:
        raise _wrong(name, value, "a path")
    return path


def _whole(name: str, value: Any, least: int, most: int) -> int | None:
    if value is None:
        return None
    # Those of numpy are such numbers; truth values of Python are as well, and are not meant.
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or not least <= value <= most:
        raise _wrong(name, value, f"a whole number from {least} to {most}")
    return int(value)


def _epochs(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 < value <= MOST_EPOCHS:
        raise _wrong("epochs", value, f"a number above 0, up to {MOST_EPOCHS}")
    return float(value)


def _flag(name: str, value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    if type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    raise _wrong(name, value, "True or False")
