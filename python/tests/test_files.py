"""Files are those of the specification, byte by byte, and damaged ones are refused."""

import json
import os
import tempfile
import unittest

import numpy as np

from hebb_runtime import checkpoints, jsontext, manifest, runs, schema
from hebb_runtime.bundle import Bundle
from hebb_runtime.data import find_data
from hebb_runtime.data.dataset import Dataset
from hebb_runtime.errors import UserError
from hebb_runtime.graph_check import OPERATORS, check_graph
from hebb_runtime.locks import Lock
from hebb_runtime.sizes import require_room
from hebb_runtime.start import DTYPES

from .vectors import load

VECTORS = load("files.json")


class WithFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def at(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def write(self, name: str, content: bytes) -> str:
        with open(self.at(name), "wb") as file:
            file.write(content)
        return self.at(name)


class Texts(unittest.TestCase):
    def test_are_as_javascript_writes_them(self):
        for known in VECTORS["texts"]:
            self.assertEqual(jsontext.dumps(known["value"]), known["text"])

    def test_of_any_number_are_read_as_that_number(self):
        bits = np.random.default_rng(0).integers(0, 2**63, 20_000, np.uint64)
        for number in bits.view(np.float64).tolist():
            if np.isfinite(number):
                self.assertEqual(float(jsontext.number_text(number)), number)

    def test_list_whole_numbers_first(self):
        self.assertEqual(jsontext.dumps({"b": 1, "10": 2, "9": 3, "01": 4}), '{"9":3,"10":2,"b":1,"01":4}')

    def test_of_strangers_are_read_strictly(self):
        for text, problem in (
            (b'{"a":1,"a":2}', 'says "a" twice'),
            (b"[" * 100 + b"]" * 100, "nests more than"),
            (b"[NaN]", "is not JSON"),
            (b"[1e999]", "too large"),
            (b"[1" + b"0" * 400 + b"]", "too large"),
            (b"[1" + b"0" * 5000 + b"]", "too large"),
            (b'"\xff"', "is not JSON"),
            (b"[" + b"1," * 600_000 + b"1]", "holds more than"),
        ):
            with self.assertRaisesRegex(jsontext.NotJson, problem):
                jsontext.loads(text)

    def test_have_one_kind_of_number(self):
        made = jsontext.loads(b"[36.0, 1e3, 8, 0.5, 9007199254740993, 1e22]")
        self.assertEqual(made, [36, 1000, 8, 0.5, 2.0**53, 1e22])
        self.assertEqual([type(each) for each in made], [int, int, int, float, float, float])

    def test_escape_halves_of_pairs(self):
        made = jsontext.loads(b'["\\ud800x", "\\ud83d\\ude00"]')
        self.assertEqual(jsontext.dumps(made), '["\\ud800x","\U0001f600"]')


class Schemas(unittest.TestCase):
    def test_refuse_numbers_of_any_size(self):
        for check, value in (
            (schema.number(), 10**400),
            (schema.number(), float("nan")),
            (schema.whole(), 10**400),
            (schema.whole(), float("inf")),
            (manifest._shape, [0, 2**52, 2**52]),
            (manifest._shape, [1] * 33),
        ):
            with self.assertRaises(schema.Wrong):
                check(value, "here")


class Checkpoints(WithFolder):
    known = VECTORS["checkpoint"]
    values = {
        each["name"]: np.frombuffer(bytes.fromhex(each["hex"]), DTYPES[each["type"]]).reshape(each["shape"])
        for each in known["values"]
    }

    def test_have_the_bytes_of_the_specification(self):
        made = b"".join(bytes(part) for part in checkpoints.encode(self.values, self.known["metadata"]))
        self.assertEqual(made.hex(), self.known["hex"])

    def test_come_back(self):
        metadata, values = checkpoints.read_sealed(self.write("c", bytes.fromhex(self.known["hex"])))
        self.assertEqual({k: metadata[k] for k in self.known["metadata"]}, self.known["metadata"])
        self.assertEqual(
            {k: v.tobytes() for k, v in values.items()}, {k: v.tobytes() for k, v in self.values.items()}
        )

    def test_of_which_any_bit_is_turned_are_refused(self):
        sound = bytes.fromhex(self.known["hex"])
        padding = sound.index(b"}", sound.rindex(b"data_offsets")) + 2
        for at in range(len(sound)):
            if padding <= at < 8 + int.from_bytes(sound[:8], "little"):
                continue
            broken = bytearray(sound)
            broken[at] ^= 1
            with self.assertRaises(UserError, msg=f"byte {at}"):
                checkpoints.read_sealed(self.write("c", bytes(broken)))

    def sealed(self, metadata, values=values):
        return self.write("c", b"".join(bytes(part) for part in checkpoints.encode(values, metadata)))

    def test_are_read_of_programs_with_any_name(self):
        path = self.sealed({"format": "x", "program": "a\ud800"})
        self.assertEqual(checkpoints.read_sealed(path)[0]["program"], "a\ud800")

    def test_judged_by_something_else_than_a_number_are_refused(self):
        train = {"parameters": [], "states": []}
        bundle = Bundle("", {"identity": "i", "train": train}, b"")
        told = {"format": "hebb-checkpoint", "identity": "i", "step": "1", "totalSteps": "2", "seed": "0"}
        sound = checkpoints.read_checkpoint(self.sealed({**told, "metric": "loss", "value": "-1.5e-7"}), bundle)
        self.assertEqual(sound.measured, ("loss", -1.5e-7))
        for value in ("abc", "nan", "inf", "", "1_0", "0x1"):
            with self.assertRaisesRegex(UserError, "not a checkpoint"):
                checkpoints.read_checkpoint(self.sealed({**told, "metric": "loss", "value": value}), bundle)

    def test_of_shapes_that_no_array_has_are_refused(self):
        header = {"a": {"dtype": "F32", "shape": [0, 2**52, 2**52], "data_offsets": [0, 0]}}
        text = json.dumps(header).encode()
        with self.assertRaisesRegex(UserError, "does not describe"):
            checkpoints.read_sealed(self.write("c", len(text).to_bytes(8, "little") + text))

    def test_that_are_cut_short_are_refused(self):
        sound = bytes.fromhex(self.known["hex"])
        for length in (0, 7, 8, 100, len(sound) - 1):
            with self.assertRaises(UserError):
                checkpoints.read_sealed(self.write("c", sound[:length]))


class Records(WithFolder):
    known = VECTORS["record"]

    def test_have_the_text_of_the_specification(self):
        self.assertEqual(runs.record_text(self.known["record"]), self.known["text"])

    def test_come_back(self):
        self.write("run.json", self.known["text"].encode())
        self.assertEqual(runs.read_record(self.folder), runs.in_order(self.known["record"]))

    def test_that_were_changed_are_refused(self):
        self.write("run.json", self.known["text"].replace('"seed": 7', '"seed": 8').encode())
        with self.assertRaisesRegex(UserError, "checksum differs"):
            runs.read_record(self.folder)

    def test_metrics_end_where_a_run_stands(self):
        lines = b'{"step":1}\n{"step":2}\nno\n' + b"[" * 99_999 + b'\n{"step":3}\n{"step":4'
        path = self.write("metrics.jsonl", lines)
        runs.truncate_metrics(path, 2)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b'{"step":1}\n{"step":2}\n')


class Locks(WithFolder):
    def test_have_one_owner(self):
        with Lock(self.at("lock")) as lock:
            lock.require()
            with self.assertRaisesRegex(UserError, "trains there"):
                Lock(self.at("lock"))
        Lock(self.at("lock")).release()
        self.assertEqual(os.listdir(self.folder), [])

    @unittest.skipUnless(os.path.exists("/proc/self/stat"), "the system does not tell when processes started")
    def test_of_processes_that_have_ended_are_taken_over(self):
        with Lock(self.at("lock")):
            with open(self.at("lock")) as file:
                owner = json.load(file)
        self.write("lock", json.dumps({**owner, "started": "1"}).encode())
        with Lock(self.at("lock")):
            self.assertEqual(os.listdir(self.folder), ["lock"])

    def owner(self):
        with Lock(self.at("lock")), open(self.at("lock")) as file:
            return json.load(file)

    def test_of_no_process_are_left_alone(self):
        owner = self.owner()
        for pid in (-1, 0, 2**31, 2**64, True, 1.5, "1"):
            self.write("lock", json.dumps({**owner, "pid": pid}).encode())
            with self.assertRaisesRegex(UserError, "does not say by whom"):
                Lock(self.at("lock"))
        self.write("lock", b"[" * 60_000)
        with self.assertRaisesRegex(UserError, "does not say by whom"):
            Lock(self.at("lock"))

    def test_are_shown_without_control_characters(self):
        self.write("lock", json.dumps({**self.owner(), "host": "a\x1b[2J", "since": "\n"}).encode())
        with self.assertRaises(UserError) as raised:
            Lock(self.at("lock"))
        self.assertTrue(raised.exception.message.isprintable())

    def test_that_are_gone_are_noticed(self):
        with Lock(self.at("lock")) as lock:
            os.remove(self.at("lock"))
            with self.assertRaisesRegex(UserError, "is gone"):
                lock.require()


class Images(WithFolder):
    def test_have_the_sum_of_the_specification(self):
        known = VECTORS["images"]
        rows = np.array(known["rows"], np.uint8).reshape(len(known["labels"]), -1)
        labels = np.array(known["labels"], np.uint32)
        dataset = Dataset("two", tuple(known["shape"]), "uint8", rows, labels, 2)
        self.assertEqual(dataset.fingerprint(), known["sha256"])

    def test_of_arrays(self):
        x = np.arange(5 * 4 * 6 * 3, dtype=np.uint8).reshape(5, 4, 6, 3)
        np.savez(self.at("set.npz"), x_train=x, y_train=np.array([0, 1, 2, 1, 0]))
        dataset = find_data(self.at("set.npz")).open("train", (3, 4, 6))
        self.assertEqual((dataset.count, dataset.classes, dataset.type), (5, 3, "uint8"))
        made = dataset.read(np.array([3, 0]))
        self.assertTrue((made == x[[3, 0]].transpose(0, 3, 1, 2)).all())
        self.assertEqual(dataset.labels_of(np.array([3, 0])).tolist(), [1, 0])

    def test_of_arrays_of_something_else_are_refused(self):
        x = np.zeros((4, 2, 3), np.uint8)
        labels = np.array([0, 1, 0, 1])
        for rows, classes, problem in (
            (x, np.array(["a", "b", "c", "d"]), "values of type"),
            (x, labels.astype(complex), "values of type"),
            (x.astype("S1"), labels, "values of type"),
            (np.asfortranarray(x), labels, "column by column"),
            (x, labels[:3], "there are 4 rows"),
            (x, labels - 1, "no whole numbers"),
            (x, labels + np.nan, "no whole numbers"),
        ):
            for name in ("set.npz", None):
                with self.subTest(problem, name=name), tempfile.TemporaryDirectory() as folder:
                    if name:
                        np.savez(os.path.join(folder, name), x_train=rows, y_train=classes)
                    else:
                        np.save(os.path.join(folder, "x_train.npy"), rows)
                        np.save(os.path.join(folder, "y_train.npy"), classes)
                    with self.assertRaisesRegex(UserError, problem):
                        find_data(folder).open("train", (1, 2, 3))

    def test_of_damaged_arrays_are_refused(self):
        np.save(self.at("x.npy"), np.zeros((4, 2, 3), np.uint8))
        with open(self.at("x.npy"), "rb") as file:
            sound = file.read()
        for broken in (b"", sound[:40], sound[:-1], sound.replace(b"(4,", b"(-4"), sound.replace(b"|u1", b"|O1")):
            self.write("x.npy", broken)
            with self.assertRaises(UserError):
                find_data(self.at("x.npy")).open("train", (1, 2, 3))

    def test_of_cifar(self):
        rows = np.random.default_rng(0).integers(0, 10, (4, 3073), np.uint8)
        for name in [f"data_batch_{i}.bin" for i in range(1, 6)]:
            self.write(name, rows.tobytes())
        dataset = find_data(self.folder).open("train", (3, 32, 32))
        self.assertEqual(dataset.count, 20)
        self.assertTrue((dataset.read(np.array([5]))[0].reshape(-1) == rows[1, 1:]).all())

    def test_that_are_damaged_are_refused(self):
        header = (0x803).to_bytes(4, "big") + b"".join(n.to_bytes(4, "big") for n in (2**31, 2**20, 2**20))
        self.write("train-images-idx3-ubyte", header)
        with self.assertRaisesRegex(UserError, "cut short"):
            find_data(self.folder).open("train", (1, 28, 28))

    def test_of_other_kinds_are_refused_by_name(self):
        with self.assertRaisesRegex(UserError, "no data set that hebb_runtime reads"):
            find_data(self.folder)
        with self.assertRaisesRegex(UserError, "no data set of the kind 'parquet'"):
            find_data("parquet:somewhere")


def field(number: int, content: bytes | int) -> bytes:
    tag = number << 3 | (0 if isinstance(content, int) else 2)
    head = bytes([tag]) if tag < 128 else bytes([tag & 127 | 128, tag >> 7])
    return head + (bytes([content]) if isinstance(content, int) else bytes([len(content)]) + content)


def model(nodes: bytes = b"", opset: bytes = field(1, b"") + field(2, 18), rest: bytes = b"") -> bytes:
    return field(1, 8) + field(2, b"hebb") + field(7, nodes) + field(8, opset) + rest


def node(operator: bytes, rest: bytes = b"") -> bytes:
    return field(1, field(1, b"x") + field(2, b"y") + field(4, operator) + rest)


class Sizes(unittest.TestCase):
    def section(self, shape, kind="normal"):
        init = {"kind": kind, "std": 1, "gain": 1}
        weight = {"name": "w", "layer": "l", "type": "float32", "shape": shape, "init": init}
        return {"parameters": [weight], "states": [], "graphs": []}

    def test_that_no_machine_has_are_refused(self):
        require_room(self.section([1000, 1000]), 1, "train")
        with self.assertRaisesRegex(UserError, "takes 4000000000000 bytes"):
            require_room(self.section([10**6, 10**6]), 1, "train")

    def test_that_take_hours_to_start_are_refused(self):
        require_room(self.section([1000, 1000], "orthogonal"), 1, "train")
        with self.assertRaisesRegex(UserError, "takes? .* multiplications"):
            require_room(self.section([5000, 5000], "orthogonal"), 1, "train")


class Graphs(unittest.TestCase):
    def test_are_made_of_the_operators_that_the_compiler_writes(self):
        self.assertEqual(sorted(OPERATORS), VECTORS["operators"])
        check_graph(model(node(b"Relu")), "graph.onnx")

    def test_of_anything_else_are_refused(self):
        outside = field(5, field(1, 1) + field(2, 1) + field(8, b"w") + field(14, 1))
        for graph, problem in (
            (model(node(b"Loop")), "an operator 'Loop'"),
            (model(node(b"Relu", field(7, b"com.microsoft"))), "field 7 of a node"),
            (model(outside), "field 14 of a constant"),
            (model(opset=field(1, b"ai.onnx.ml") + field(2, 3)), "the domain 'ai.onnx.ml'"),
            (model(opset=field(1, b"") + field(2, 17)), "of opset 17"),
            (model(rest=field(25, b"")), "field 25 of the model"),
            (model(rest=field(14, field(1, b"ort_config"))), "a key 'ort_config'"),
            (model()[:-1], "cut short"),
            (b"\x00\x00\x00\x00ORTM", "own format"),
            (b"", "has no graph"),
        ):
            with self.assertRaisesRegex(UserError, problem):
                check_graph(graph, "graph.onnx")


if __name__ == "__main__":
    unittest.main()
