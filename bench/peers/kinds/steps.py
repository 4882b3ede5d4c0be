"""Batches are shown in turn, from one run to the next."""

import itertools

import torch


def in_turn(step, batches):
    """
    A function that does `step(batch index)` as many times as told and gives what each came to. Losses are asked for
    after the last step: to ask a GPU for one waits until it has it.
    """
    indices = itertools.cycle(range(batches))

    def run(count):
        losses = [step(index) for index in itertools.islice(indices, count)]
        return torch.stack([torch.stack(each) for each in losses]).tolist()

    return run
