"""Tiny Parquet files as Hugging Face serves images, in test/reference/parquet/.

    python3 test/reference/parquet.py

Needs pyarrow and numpy. Images are PNGs of 2 × 2 in colour, written here byte by byte; byte i of image n is (20 n + i) mod 256.
Labels are n mod 3.
"""

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

here = Path(__file__).parent / "parquet"


def png(n: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = bytes((20 * n + i) % 256 for i in range(12))
    lines = b"".join(b"\0" + pixels[start : start + 6] for start in (0, 6))
    header = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def images(first: int, count: int) -> pa.Array:
    return pa.array([{"bytes": png(n), "path": f"{n}.png"} for n in range(first, first + count)], IMAGE)


def named(names: list[str], label: str = "label") -> dict[str, str]:
    features = {"image": {"_type": "Image"}, label: {"names": names, "_type": "ClassLabel"}}
    return {"huggingface": json.dumps({"info": {"features": features}})}


def write(name: str, columns: dict, metadata: dict | None = None, **options) -> None:
    table = pa.table(columns)
    if metadata:
        table = table.replace_schema_metadata(metadata)
    path = here / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, **{"compression": "snappy", "store_schema": metadata is not None, **options})


def labels(first: int, count: int, kind=pa.int64()) -> pa.Array:
    return pa.array([n % 3 for n in range(first, first + count)], kind)


for codec in ("none", "snappy", "gzip", "zstd", "brotli", "lz4"):
    write(f"codecs/{codec}.parquet", {"image": images(0, 4), "label": labels(0, 4)}, compression=codec)
for name, options in {
    "plain": {"use_dictionary": False},
    "dictionary": {"use_dictionary": True},
    "pages-2": {"data_page_version": "2.0"},
    "groups": {"row_group_size": 3},
    "small-pages": {"data_page_size": 16, "write_batch_size": 1, "use_dictionary": False},
    "delta": {"use_dictionary": False, "column_encoding": {"label": "DELTA_BINARY_PACKED"}},
}.items():
    write(f"layouts/{name}.parquet", {"image": images(0, 7), "label": labels(0, 7)}, **options)
for kind in ("int8", "uint8", "int32", "uint64", "float64"):
    write(f"labels/{kind}.parquet", {"image": images(0, 4), "label": labels(0, 4, getattr(pa, kind)())})

names = ["ant", "bee", "cat", "dog"]
write("shards/data/train-00000-of-00002.parquet", {"image": images(0, 3), "label": labels(0, 3)}, named(names))
write("shards/data/train-00001-of-00002.parquet", {"image": images(3, 2), "label": labels(3, 2)}, named(names))
write("shards/data/test-00000-of-00001.parquet", {"image": images(5, 2), "label": pa.array([-1, -1])}, named(names))

alone = pa.array([png(n) for n in range(3)], pa.binary())
write("columns/bytes-alone.parquet", {"img": alone, "fine_label": labels(0, 3)}, named(["a", "b", "c"], "fine_label"))
write("columns/no-labels.parquet", {"id": pa.array([7, 8, 9]), "image": images(0, 3)})
write("columns/null-labels.parquet", {"image": images(0, 3), "label": pa.nulls(3, pa.int64())})
write("columns/odd-metadata.parquet", {"image": images(0, 3), "label": labels(0, 3)}, {"huggingface": "{no JSON"})

write("wrong/no-image.parquet", {"text": pa.array(["a", "b"]), "label": labels(0, 2)})
write("wrong/null-image.parquet", {"image": pa.array([{"bytes": png(0), "path": ""}, None], IMAGE)})
write("wrong/text.parquet", {"image": pa.array(["cat.png", "dog.png"]), "label": labels(0, 2)})
write("wrong/one-missing-label.parquet", {"image": images(0, 2), "label": pa.array([1, -1])})
write("wrong/text-labels.parquet", {"image": images(0, 2), "label": pa.array(["cat", "dog"])})
write("wrong/half-labels.parquet", {"image": images(0, 2), "label": pa.array([0.5, 1.0])})
write("wrong/absurd-label.parquet", {"image": images(0, 2), "label": pa.array([0, 2**40])})
write("wrong/empty.parquet", {"image": images(0, 0), "label": labels(0, 0)})
write("wrong/lists.parquet", {"image": images(0, 2), "label": pa.array([[0, 1], [1]])})
