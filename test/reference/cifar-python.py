"""Pickles of CIFAR as Krizhevsky wrote them, of noise: two images a file, in test/reference/cifar-python/.

    python3 test/reference/cifar-python.py

Needs numpy. The originals were written by Python 2, protocol 2, whose `str` are bytes: Python 3 cannot write them so, so
the ops are written here, as `pickletools.dis` shows them of the originals. `python3-*` are what Python 3 makes of the same.
The values: byte i of image n of file f is (7 i + 31 n + 101 f) mod 256.
"""

import pickle
import struct
from pathlib import Path

import numpy as np

here = Path(__file__).parent / "cifar-python"
IMAGES = 2
SIZE = 3072


def pixels(file: int) -> np.ndarray:
    i = np.arange(SIZE)
    return np.stack([(7 * i + 31 * n + 101 * file) % 256 for n in range(IMAGES)]).astype(np.uint8)


class Python2:
    """Writes what Python 2's cPickle writes: SHORT_BINSTRING and BINSTRING for str, BINPUT after each value."""

    def __init__(self) -> None:
        self.parts = [b"\x80\x02"]
        self.memo = 0

    def put(self) -> None:
        self.parts.append(b"q" + bytes([self.memo]))
        self.memo += 1

    def text(self, value: bytes) -> None:
        short = len(value) < 256
        self.parts.append((b"U" + bytes([len(value)]) if short else b"T" + struct.pack("<I", len(value))) + value)
        self.put()

    def number(self, value: int) -> None:
        self.parts.append(b"K" + bytes([value]) if value < 256 else b"M" + struct.pack("<H", value))

    def array(self, value: np.ndarray, fortran: bool) -> None:
        self.parts.append(b"cnumpy.core.multiarray\n_reconstruct\n")
        self.put()
        self.parts.append(b"cnumpy\nndarray\n")
        self.put()
        self.parts.append(b"K\x00\x85")
        self.put()
        self.text(b"b")
        self.parts.append(b"\x87")
        self.put()
        self.parts.append(b"R")
        self.put()
        self.parts.append(b"(K\x01")
        # Python 2 on 64 bits has long sizes: LONG1.
        for size in value.shape:
            data = size.to_bytes((size.bit_length() + 8) // 8, "little")
            self.parts.append(b"\x8a" + bytes([len(data)]) + data)
        self.parts.append(b"\x86")
        self.put()
        self.parts.append(b"cnumpy\ndtype\n")
        self.put()
        self.text(b"u1")
        self.parts.append(b"K\x00K\x01\x87")
        self.put()
        self.parts.append(b"R")
        self.put()
        self.parts.append(b"(K\x03")
        self.text(b"|")
        self.parts.append(b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t")
        self.put()
        self.parts.append(b"b")
        self.parts.append(b"\x89" if not fortran else b"\x88")
        self.text(value.tobytes("F" if fortran else "C"))
        self.parts.append(b"t")
        self.put()
        self.parts.append(b"b")

    def list(self, values: list) -> None:
        self.parts.append(b"]")
        self.put()
        self.parts.append(b"(")
        for value in values:
            self.text(value) if isinstance(value, bytes) else self.number(value)
        self.parts.append(b"e")

    def dict(self, items: dict, fortran: bool) -> bytes:
        self.parts.append(b"}")
        self.put()
        self.parts.append(b"(")
        for key, value in items.items():
            self.text(key.encode())
            if isinstance(value, np.ndarray):
                self.array(value, fortran)
            elif isinstance(value, list):
                self.list(value)
            elif isinstance(value, bytes):
                self.text(value)
            else:
                self.number(value)
        self.parts.append(b"u.")
        return b"".join(self.parts)


def write(name: str, items: dict, fortran: bool = False) -> None:
    data = Python2().dict(items, fortran)
    back = pickle.loads(data, encoding="bytes")
    assert list(back) == [key.encode() for key in items]
    if "data" in items:
        assert (back[b"data"] == items["data"]).all()
    (here / name).write_bytes(data)


here.mkdir(exist_ok=True)
names10 = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
for file, name in enumerate([f"data_batch_{n}" for n in range(1, 6)] + ["test_batch"]):
    batch = {
        "batch_label": f"noise batch {file}".encode(),
        "labels": [file, 9 - file],
        "data": pixels(file),
        "filenames": [f"noise_{file}_{n}.png".encode() for n in range(IMAGES)],
    }
    # NumPy pickles an array that lies by columns so, and says so.
    write(f"cifar10-{name}", batch, fortran=file == 1)
    if file == 0:
        as_python3 = {key.encode(): value for key, value in batch.items()}
        for protocol in (2, 3, 4, 5):
            (here / f"python3-protocol{protocol}").write_bytes(pickle.dumps(as_python3, protocol=protocol))
        (here / "python3-text-keys").write_bytes(pickle.dumps(batch, protocol=4))
        (here / "protocol0").write_bytes(pickle.dumps({"labels": [1]}, protocol=0))
write(
    "cifar10-batches.meta",
    {"num_cases_per_batch": 2, "label_names": [name.encode() for name in names10], "num_vis": SIZE},
)
for file, name in enumerate(["train", "test"]):
    write(
        f"cifar100-{name}",
        {
            "filenames": [f"noise_{file}_{n}.png".encode() for n in range(IMAGES)],
            "batch_label": b"noise",
            "fine_labels": [99, file],
            "coarse_labels": [19, file],
            "data": pixels(file),
        },
    )
write(
    "cifar100-meta",
    {
        "fine_label_names": [f"fine {n}".encode() for n in range(100)],
        "coarse_label_names": [f"coarse {n}".encode() for n in range(20)],
    },
)
