"""``python -m hebb_runtime train BUNDLE --data PATH --out FOLDER``."""

import argparse
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from . import __version__
from .errors import UserError, shown
from .options import DEFAULT_EPOCHS, MOST_EPOCHS, PROVIDERS, RANGES, Options
from .packages import require_packages

if TYPE_CHECKING:
    from .trainer import StepDone


def _whole(name: str):
    least, most = RANGES[name]

    def parse(text: str) -> int:
        if text.isascii() and text.isdigit() and least <= int(text) <= most:
            return int(text)
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from {least} to {most}")

    return parse


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if 0 < value <= MOST_EPOCHS:
        return value
    raise argparse.ArgumentTypeError(f"'{text}' is no number above 0, up to {MOST_EPOCHS}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hebb_runtime", description="Trains bundles that hebb has compiled."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="what", required=True, metavar="COMMAND")
    add = commands.add_parser(
        "train", help="train a bundle, or go on with a run", allow_abbrev=False
    ).add_argument
    add("bundle", nargs="?", metavar="BUNDLE", help="folder that hebb compile wrote; not needed to resume")
    add("--data", metavar="PATH", help="images: PATH or KIND:PATH")
    add("--out", required=True, metavar="FOLDER", help="folder of the run")
    add("--epochs", type=_positive, help=f"length of the run (default {DEFAULT_EPOCHS})")
    add("--steps", type=_whole("steps"), help="length of the run, in steps")
    add("--seed", type=_whole("seed"), help="of all random numbers (default 0)")
    add("--resume", action="store_true", help="go on with the run in --out")
    add("--threads", type=_whole("threads"), help="of one operation (default: one per core)")
    add("--provider", choices=PROVIDERS, help="where graphs run (default cpu)")
    add("--device", type=_whole("device"), metavar="N", help="which GPU (default 0)")
    add("--tf32", action="store_true", default=None, help="let CUDA round products to TF32")
    add("--checkpoint-every", type=_whole("checkpoint_every"), metavar="STEPS", help="default: an epoch")
    add("--steps-per-run", type=_whole("steps_per_run"), metavar="N", help="at most; the same bits (default 8)")
    add("--quiet", action="store_true", help="say nothing of the steps")
    return parser


class _Lines:
    """A line now and then."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, done: "StepDone", total: int) -> None:
        now = time.monotonic()
        if now < self._next and done.step < total:
            return
        self._next = now + 5
        losses = " ".join(f"{layer} {loss:.4f}" for layer, loss in done.losses.items())
        print(f"step {done.step}/{total}  {done.milliseconds:.0f} ms  {losses}", file=sys.stderr, flush=True)


def main(words: list[str] | None = None) -> int:
    """Runs a command. Returns 0, 1 for what the user can mend, 2 for usage, or 128 and the signal that stopped it."""
    given = sys.argv[1:] if words is None else words
    parser = _parser()
    try:
        flags = parser.parse_args(given)
        if flags.epochs is not None and flags.steps is not None:
            parser.error("--epochs and --steps are both given: each is the length of the run")
        if not flags.resume and (flags.bundle is None or flags.data is None):
            parser.error("a new run needs BUNDLE and --data; to go on with one: --resume")
        # A run that goes on knows its provider.
        if flags.provider == "cpu" or (flags.provider is None and not flags.resume):
            for flag in ("device", "tf32"):
                if getattr(flags, flag) is not None:
                    parser.error(f"option '--{flag}' is for --provider cuda")
        if flags.resume and flags.bundle is not None:
            parser.error("a run that goes on has its own bundle: leave BUNDLE out")
    except SystemExit as ended:
        return 0 if ended.code in (0, None) else 2
    wanted = {key: value for key, value in vars(flags).items() if key not in ("what", "quiet")}
    try:
        require_packages()
        from .training import train

        summary = train(Options(**wanted, command=given), None if flags.quiet else _Lines())
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt as stopped:
        print("Stopped before the first step: nothing was written.", file=sys.stderr)
        return 128 + getattr(stopped, "signal", signal.SIGINT)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    losses = ", ".join(f"{shown(layer)} {loss:.6g}" for layer, loss in summary.losses.items())
    print(f"{shown(flags.out, 500)}: {summary.step} of {summary.total_steps} steps{'; ' + losses if losses else ''}")
    if summary.signal is None:
        return 0
    print(f"Stopped. Go on with: python -m hebb_runtime train --resume --out {flags.out}", file=sys.stderr)
    return 128 + summary.signal


if __name__ == "__main__":
    sys.exit(main())
