"""Refuses graphs that hold something else than the compiler writes, before onnxruntime sees them.

The hash in a manifest tells a damaged graph, not a malicious one: whoever wrote the graph wrote the hash. So the bytes
are read here field by field: standard operators of a known list, no numbers in other files, no functions, no other
loop than Scan. How much memory and time a graph takes is not known from that: run strangers' work in a container.
"""

from typing import Callable

from .errors import UserError, shown

OPERATORS = frozenset(
    """
    Abs Add AveragePool Cast Concat ConstantOfShape Conv ConvTranspose Cos Div Equal Exp Expand Floor Gather
    Gemm Greater GreaterOrEqual GridSample HardSigmoid Identity Less LessOrEqual Log MatMul Max MaxPool Min Mul
    Neg Pad Pow ReduceLogSumExp ReduceMax ReduceMean ReduceSum Relu Reshape Scan ScatterElements ScatterND Shape
    Sigmoid Sign Sin Slice Sqrt Sub Tanh TopK Transpose Where
    """.split()
)

IR_VERSION, OPSET = 8, 18
MOST_NODES = 12_000
MOST_FIELDS = 250_000
DEEPEST = 4
LONGEST_TEXT = 4096

_VARINT, _LENGTH, _FIXED32 = 0, 2, 5


class _Refused(Exception):
    pass


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.fields = 0
        self.nodes = 0

    def varint(self, at: int, end: int) -> tuple[int, int]:
        value = shift = 0
        start = at
        while True:
            if at >= end or shift > 49:
                raise _Refused(f"a number at byte {start} is cut short, negative or too large")
            byte = self.data[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                if byte == 0 and shift > 0:
                    raise _Refused(f"a number at byte {start} is longer than it need be")
                return value, at
            shift += 7

    def message(self, start: int, end: int, kind: str, depth: int = 0) -> dict[int, list[tuple[int, int]]]:
        """Reads a message of a kind, and all in it; returns where its fields lie, or their numbers."""
        known = _MESSAGES[kind]
        found: dict[int, list[tuple[int, int]]] = {}
        at = start
        while at < end:
            self.fields += 1
            if self.fields > MOST_FIELDS:
                raise _Refused(f"it has more than {MOST_FIELDS} fields")
            place = at
            tag, at = self.varint(at, end)
            field, wire = tag >> 3, tag & 7
            expected = known.get(field)
            if expected is None:
                raise _Refused(
                    f"field {field} of {kind}, at byte {place}, is not one that the compiler writes"
                )
            what, often = expected
            if not often and field in found:
                raise _Refused(f"field {field} of {kind}, at byte {place}, stands there twice")
            if wire == _VARINT and what in ("whole", "wholes"):
                value, at = self.varint(at, end)
                found.setdefault(field, []).append((value, at))
                continue
            if wire == _FIXED32 and what == "float":
                at += 4
                found.setdefault(field, [])
            elif wire == _LENGTH and what not in ("whole", "float"):
                length, begin = self.varint(at, end)
                at = begin + length
                if at > end:
                    raise _Refused(f"field {field} of {kind}, at byte {place}, is cut short")
                self.part(what, begin, at, depth)
                found.setdefault(field, []).append((begin, at))
            else:
                raise _Refused(f"field {field} of {kind}, at byte {place}, is of wire type {wire}")
            if at > end:
                raise _Refused(f"field {field} of {kind}, at byte {place}, is cut short")
        check = _CHECKS.get(kind)
        if check:
            check(self, found)
        return found

    def part(self, what: str, begin: int, end: int, depth: int) -> None:
        if what == "bytes":
            return
        if what == "wholes":
            at = begin
            while at < end:
                self.fields += 1
                _, at = self.varint(at, end)
        elif what == "text":
            if end - begin > LONGEST_TEXT:
                raise _Refused(f"a text at byte {begin} has {end - begin} bytes")
            try:
                self.data[begin:end].decode("utf-8")
            except UnicodeDecodeError:
                raise _Refused(f"a text at byte {begin} is not UTF-8") from None
        elif what == "graph":
            if depth > DEEPEST:
                raise _Refused(f"more than {DEEPEST} graphs are within each other")
            self.message(begin, end, "a graph", depth + 1)
        else:
            self.message(begin, end, what, depth)

    def text(self, found: dict[int, list[tuple[int, int]]], field: int) -> str:
        begin, end = found.get(field, [(0, 0)])[0]
        return self.data[begin:end].decode("utf-8", "replace")


#: Of each kind of message the fields that the compiler writes: what they are, and whether they may stand there often.
_MESSAGES: dict[str, dict[int, tuple[str, bool]]] = {
    "the model": {
        **{1: ("whole", False), 2: ("text", False), 3: ("text", False), 7: ("graph", False)},
        **{8: ("an operator set", False), 14: ("its metadata", True)},
    },
    "an operator set": {1: ("text", False), 2: ("whole", False)},
    "its metadata": {1: ("text", False), 2: ("text", False)},
    "a graph": {
        **{1: ("a node", True), 2: ("text", False), 5: ("a constant", True), 10: ("text", False)},
        **{11: ("a value", True), 12: ("a value", True), 13: ("a value", True)},
    },
    "a node": {
        **{1: ("text", True), 2: ("text", True), 3: ("text", False), 4: ("text", False)},
        **{5: ("an attribute", True), 6: ("text", False)},
    },
    "an attribute": {
        **{1: ("text", False), 2: ("float", False), 3: ("whole", False), 4: ("text", False)},
        **{5: ("a constant", False), 6: ("graph", False), 8: ("wholes", True), 20: ("whole", False)},
    },
    "a constant": {
        **{1: ("wholes", True), 2: ("whole", False), 8: ("text", False), 9: ("bytes", False)},
    },
    "a value": {1: ("text", False), 2: ("a type", False)},
    "a type": {1: ("a tensor type", False)},
    "a tensor type": {1: ("whole", False), 2: ("a shape", False)},
    "a shape": {1: ("an axis", True)},
    "an axis": {1: ("whole", False), 2: ("text", False)},
}

_Found = dict[int, list[tuple[int, int]]]


def _check_model(reader: _Reader, found: _Found) -> None:
    if 7 not in found:
        raise _Refused("it has no graph")
    ir = found.get(1, [(0, 0)])[0][0]
    if ir != IR_VERSION or 8 not in found:
        raise _Refused(f"it is of IR {ir}, not {IR_VERSION}, or names no operator set")


def _check_opset(reader: _Reader, found: _Found) -> None:
    domain = reader.text(found, 1)
    version = found.get(2, [(0, 0)])[0][0]
    if domain != "":
        raise _Refused(f"it imports operators of the domain '{shown(domain)}'")
    if version != OPSET:
        raise _Refused(f"it is of opset {version}, not {OPSET}")


def _check_metadata(reader: _Reader, found: _Found) -> None:
    name = reader.text(found, 1)
    if not name.startswith("hebb."):
        raise _Refused(f"its metadata have a key '{shown(name)}'")


def _check_node(reader: _Reader, found: _Found) -> None:
    reader.nodes += 1
    if reader.nodes > MOST_NODES:
        raise _Refused(f"it has more than {MOST_NODES} nodes")
    operator = reader.text(found, 4)
    if operator not in OPERATORS:
        raise _Refused(f"it has an operator '{shown(operator)}'")


_CHECKS: dict[str, Callable[[_Reader, _Found], None]] = {
    "the model": _check_model,
    "an operator set": _check_opset,
    "its metadata": _check_metadata,
    "a node": _check_node,
}


def check_graph(data: bytes, place: str) -> None:
    """Refuses a graph that holds something else than the compiler writes.

    :param place: its file, as the message has it
    :raises UserError: ('BundleError')
    """
    try:
        if data[4:8] == b"ORTM":
            raise _Refused("it is of onnxruntime's own format")
        _Reader(data).message(0, len(data), "the model")
    except _Refused as problem:
        raise UserError(
            "BundleError",
            f"{place} is not a graph that hebb compiled: {problem}",
            "Compile the program again. If somebody gave you the bundle, ask for the program instead.",
        ) from None
