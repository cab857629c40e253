"""Looks into an ONNX file without the onnx package: what it is made of, before it is run.

Reads the Protocol Buffers wire format of `ModelProto` (onnx.proto, IR version
8) just far enough to refuse what a home's model never needs: tensors outside
the file, operators of other domains, functions, control flow, training parts.
Field numbers are those of onnx.proto; unknown fields are walked over.
"""

from __future__ import annotations

from collections.abc import Iterator

from edge.domain import Record

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
FIXED_BYTES = {FIXED64: 8, FIXED32: 4}

# A varint of a 64-bit number has at most ten bytes.
VARINT_MAX_BYTES = 10
MORE_FOLLOWS = 0x80

MODEL_IR_VERSION, MODEL_GRAPH, MODEL_OPSET, MODEL_TRAINING, MODEL_FUNCTIONS = 1, 7, 8, 20, 25
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_SPARSE = 1, 5, 15
NODE_OP_TYPE, NODE_ATTRIBUTE, NODE_DOMAIN = 4, 5, 7
ATTRIBUTE_TENSOR, ATTRIBUTE_GRAPH, ATTRIBUTE_TENSORS, ATTRIBUTE_GRAPHS = 5, 6, 10, 11
TENSOR_EXTERNAL, TENSOR_LOCATION = 13, 14
OPSET_DOMAIN, OPSET_VERSION = 1, 2

STANDARD_DOMAINS = frozenset({"", "ai.onnx"})

Field = tuple[int, "int | bytes"]


class OnnxFacts(Record, frozen=True, kw_only=True):
    """What the file says of itself; `refused` is the first thing that it may not have, or ""."""

    ir_version: int
    opset: int
    refused: str


def scan(data: bytes) -> OnnxFacts:
    """Look into `data`; raises ValueError when it is not Protocol Buffers of this shape."""
    ir_version, opset, refused = 0, 0, ""
    for number, value in _fields(data):
        if number == MODEL_IR_VERSION:
            ir_version = _number(value)
        elif number == MODEL_OPSET:
            domain, version = _opset(_bytes(value))
            if domain in STANDARD_DOMAINS:
                opset = version
            else:
                refused = refused or f"operators of the domain {domain!r}"
        elif number == MODEL_GRAPH:
            refused = refused or _graph(_bytes(value))
        elif number in {MODEL_TRAINING, MODEL_FUNCTIONS}:
            refused = refused or "functions or training parts"
    return OnnxFacts(ir_version=ir_version, opset=opset, refused=refused)


def _graph(data: bytes) -> str:
    for number, value in _fields(data):
        refused = ""
        if number == GRAPH_NODE:
            refused = _node(_bytes(value))
        elif number == GRAPH_INITIALIZER:
            refused = _tensor(_bytes(value))
        elif number == GRAPH_SPARSE:
            refused = "sparse tensors"
        if refused:
            return refused
    return ""


def _node(data: bytes) -> str:
    fields = list(_fields(data))
    name = next((_bytes(v) for n, v in fields if n == NODE_OP_TYPE), b"").decode()
    for number, value in fields:
        if number == NODE_DOMAIN and _bytes(value).decode() not in STANDARD_DOMAINS:
            return f"operator {name} of the domain {_bytes(value).decode()!r}"
        if number == NODE_ATTRIBUTE and (refused := _attribute(_bytes(value))):
            return f"operator {name} with {refused}"
    return ""


def _attribute(data: bytes) -> str:
    for number, value in _fields(data):
        if number in {ATTRIBUTE_GRAPH, ATTRIBUTE_GRAPHS}:
            return "a graph inside"
        if number in {ATTRIBUTE_TENSOR, ATTRIBUTE_TENSORS} and (refused := _tensor(_bytes(value))):
            return refused
    return ""


def _tensor(data: bytes) -> str:
    for number, value in _fields(data):
        if number == TENSOR_EXTERNAL or (number == TENSOR_LOCATION and value != 0):
            return "a tensor outside the file"
    return ""


def _opset(data: bytes) -> tuple[str, int]:
    domain, version = "", 0
    for number, value in _fields(data):
        if number == OPSET_DOMAIN:
            domain = _bytes(value).decode()
        elif number == OPSET_VERSION:
            version = _number(value)
    return domain, version


def _fields(data: bytes) -> Iterator[Field]:
    """Number and value of every field: an int for numbers, bytes for the rest."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire == LENGTH:
            size, at = _varint(data, at)
        elif wire in FIXED_BYTES:
            size = FIXED_BYTES[wire]
        else:
            message = f"byte {at}: wire type {wire}"
            raise ValueError(message)
        if at + size > len(data):
            message = f"byte {at}: a field of {size} bytes runs past the end"
            raise ValueError(message)
        yield number, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for i in range(VARINT_MAX_BYTES):
        if at + i >= len(data):
            break
        byte = data[at + i]
        value |= (byte & 0x7F) << (7 * i)
        if byte < MORE_FOLLOWS:
            return value, at + i + 1
    message = f"byte {at}: a number without an end"
    raise ValueError(message)


def _number(value: int | bytes) -> int:
    if isinstance(value, bytes):
        message = "bytes where a number belongs"
        raise ValueError(message)  # noqa: TRY004 - the file is wrong, not the caller
    return value


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        message = "a number where bytes belong"
        raise ValueError(message)  # noqa: TRY004 - the file is wrong, not the caller
    return value
