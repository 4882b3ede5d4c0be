"""Reads safetensors files: the length of a header (8 bytes, little-endian), the header as JSON, then the data."""

import ctypes
import json

import torch

DTYPES = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64, "U8": torch.uint8}


def read_tensors(path):
    """All tensors of a file by name, float32 in torch's default precision if that is higher. Each is read straight into
    its own memory, so the peak is that of the tensors."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        tensors = {}
        for name, entry in header.items():
            tensor = torch.empty(entry["shape"], dtype=DTYPES[entry["dtype"]])
            begin, end = entry["data_offsets"]
            file.seek(8 + length + begin)
            file.readinto((ctypes.c_char * (end - begin)).from_address(tensor.data_ptr()))
            double = tensor.dtype == torch.float32 and torch.get_default_dtype() == torch.float64
            tensors[name] = tensor.double() if double else tensor
        return tensors
