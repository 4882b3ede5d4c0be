"""Trains bundles of Hebb, a compiler for local learning rules, on numpy and onnxruntime alone.

    from hebb_runtime import Trainer, find_data, load_bundle

    bundle = load_bundle("bundles/mine")
    images = find_data("data/fashion-mnist").open("train", (1, 28, 28))
    trainer = Trainer(bundle, images, seed=0, total_steps=100)
    for done in trainer.run(0, 100):
        print(done.step, done.losses)

docs/bundle.md of Hebb specifies all that is done here.
"""

__version__ = "0.1.0"

from .bundle import Bundle, load_bundle  # noqa: E402
from .checkpoints import Checkpoint, read_checkpoint, write_checkpoint  # noqa: E402
from .data import Dataset, find_data  # noqa: E402
from .errors import UserError  # noqa: E402
from .start import initialise, start_of  # noqa: E402
from .stepper import Results, Stepper  # noqa: E402
from .streams import Stream, stream  # noqa: E402
from .trainer import StepDone, Trainer  # noqa: E402
from .training import Options, Summary, train  # noqa: E402

__all__ = [
    *("Bundle", "Checkpoint", "Dataset", "Options", "Results", "StepDone", "Stepper", "Stream", "Summary"),
    *("Trainer", "UserError", "find_data", "initialise", "load_bundle", "read_checkpoint", "start_of"),
    *("stream", "train", "write_checkpoint"),
]
