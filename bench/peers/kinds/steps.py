"""Batches are shown in turn, from one run to the next."""

import itertools


def in_turn(step, batches):
    """A function that does `step(batch index)` as many times as told and gives what each came to."""
    indices = itertools.cycle(range(batches))
    return lambda count: [step(index) for index in itertools.islice(indices, count)]
