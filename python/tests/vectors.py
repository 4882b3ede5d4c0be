"""The examples beside docs/bundle.md, which hebb's own sources make."""

import hashlib
import json
import os
from typing import Any

import numpy as np

FOLDER = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "vectors")


def load(name: str) -> dict[str, Any]:
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return json.load(file)


def sha256(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values)).hexdigest()
