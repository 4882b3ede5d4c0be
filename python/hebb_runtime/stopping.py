"""Signals that end a run: at once while there is nothing to keep, later with a checkpoint."""

import signal
import threading
from contextlib import contextmanager
from typing import Iterator

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1")


class Stopped(KeyboardInterrupt):
    """A signal came before the first step, and nothing was done."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by signal {number}")
        self.signal = number


class Signals:
    """The signals that came."""

    def __init__(self) -> None:
        self._came: list[int] = []
        self._at_once = False

    @property
    def first(self) -> int | None:
        return self._came[0] if self._came else None

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """What is done in it can be left at any place.

        :raises Stopped: where a signal comes meanwhile, or came before
        """
        self._at_once = True
        try:
            if self.first is not None:
                raise Stopped(self.first)
            yield
        finally:
            self._at_once = False

    def hear(self, number: int) -> None:
        self._came.append(number)
        if self._at_once:
            self._at_once = False
            raise Stopped(number)


@contextmanager
def stopping() -> Iterator[Signals]:
    """Meanwhile signals do not end the process. Only the main thread hears of them."""
    came = Signals()
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    before = {number: signal.signal(number, lambda got, _: came.hear(got)) for number in numbers}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
