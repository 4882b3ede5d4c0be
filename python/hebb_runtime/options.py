"""What a run is asked for: known where neither numpy nor onnxruntime is installed."""

from dataclasses import dataclass

DEFAULT_EPOCHS = 10
#: The longest run, in epochs.
MOST_EPOCHS = 1_000_000
_MANY = 1_000_000_000
#: Whole numbers that are asked for, from the least to the most, both included: as hebb has them.
RANGES = {
    "steps": (1, _MANY),
    "seed": (0, 2**53 - 1),
    "threads": (1, 1024),
    "device": (0, 1023),
    "checkpoint_every": (1, _MANY),
    "steps_per_run": (1, _MANY),
}
PROVIDERS = ("cpu", "cuda")


@dataclass
class Options:
    """What a run is asked for; None: its default, or of a resumed run what it was started with."""

    out: str
    bundle: str | None = None
    data: str | None = None
    epochs: float | None = None
    steps: int | None = None
    seed: int | None = None
    resume: bool = False
    threads: int | None = None
    provider: str | None = None
    device: int | None = None
    tf32: bool | None = None
    checkpoint_every: int | None = None
    steps_per_run: int | None = None
    #: The words of the command that this is, for the run's record.
    command: list[str] | None = None
