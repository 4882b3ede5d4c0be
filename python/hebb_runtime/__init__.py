"""Trains bundles of Hebb, a compiler for local learning rules, on numpy and onnxruntime alone.

    from hebb_runtime import Trainer, find_data, load_bundle

    bundle = load_bundle("bundles/mine")
    images = find_data("data/fashion-mnist").open("train", (1, 28, 28))
    trainer = Trainer(bundle, images, seed=0, total_steps=100)
    for done in trainer.run(0, 100):
        print(done.step, done.losses)

docs/bundle.md of Hebb specifies all that is done here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import VERSION as __version__

if TYPE_CHECKING:
    from .bundle import Bundle, load_bundle
    from .checkpoints import Checkpoint, read_checkpoint, write_checkpoint
    from .data import Dataset, find_data
    from .errors import UserError
    from .options import Options
    from .start import initialise, start_of
    from .stepper import Results, Stepper
    from .streams import Stream, stream
    from .trainer import StepDone, Trainer
    from .training import Summary, train

__all__ = [
    "Bundle",
    "Checkpoint",
    "Dataset",
    "Options",
    "Results",
    "StepDone",
    "Stepper",
    "Stream",
    "Summary",
    "Trainer",
    "UserError",
    "__version__",
    "find_data",
    "initialise",
    "load_bundle",
    "read_checkpoint",
    "start_of",
    "stream",
    "train",
    "write_checkpoint",
]

#: Where each is: imported when it is asked for, so that the command can say what is not installed.
_MODULES = {
    "bundle": ("Bundle", "load_bundle"),
    "checkpoints": ("Checkpoint", "read_checkpoint", "write_checkpoint"),
    "data": ("Dataset", "find_data"),
    "errors": ("UserError",),
    "options": ("Options",),
    "start": ("initialise", "start_of"),
    "stepper": ("Results", "Stepper"),
    "streams": ("Stream", "stream"),
    "trainer": ("StepDone", "Trainer"),
    "training": ("Summary", "train"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
