"""What a machine does at most, to hold estimates to: copies over the bus, within the device's memory, and products."""

import torch

from settings import Settings


def open_case(case, _folder, settings):
    device, on_gpu = settings.device, settings.device != "cpu"
    there = torch.zeros(case["bytes"] // 4, device=device)
    here = torch.zeros(case["bytes"] // 4)
    other = torch.empty_like(there)
    square = torch.randn(case["size"], case["size"], device=device)

    def copies(to, source):
        def run(count):
            for _ in range(count):
                to.copy_(source)
                settings.wait()
            return []

        return run

    def products(tf32, operand):
        def run(count):
            Settings(device, tf32=tf32).apply()
            for _ in range(count):
                operand @ operand
            return []

        return run

    work = {
        "to device": copies(there, here),
        "from device": copies(here, there),
        "within device": copies(other, there),
        "product float32": products(False, square),
    }
    if not on_gpu:
        return work
    pinned = here.pin_memory()
    return work | {
        "to device, pinned": copies(there, pinned),
        "from device, pinned": copies(pinned, there),
        "product tf32": products(True, square),
        "product float16": products(False, square.half()),
    }
