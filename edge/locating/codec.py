"""A fit as bytes: a mark, a format number, MessagePack. What does not fit is refused by name."""

from __future__ import annotations

import math

import msgspec

from edge.errors import EdgeError
from edge.locating.forest import DEPTH_MAX
from edge.locating.histograms import BINS, PAIR_BINS, pairs_of
from edge.locating.moving import BORDERS
from edge.locating.records import RECEIVERS_MAX, ROOMS_MAX, Fit, Tree

MARK = b"KVLF"
# Raised when a fit of before cannot be read as it was meant: the home is then walked again.
FORMAT = 1
HEAD = len(MARK) + 1
# 32 rooms and 16 receivers come to about 1 MB; more is not a fit of ours.
SIZE_MAX_BYTES = 4_000_000

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Fit)


class FitCodecError(EdgeError):
    """Bytes that are no fit of this format. `reason`: length, mark, format, content."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(f"room fit: {text}; fit the home again (kotivahti locator fit)")
        self.reason = reason


def encode_fit(fit: Fit) -> bytes:
    return MARK + bytes((FORMAT,)) + _encoder.encode(fit)


def decode_fit(data: bytes) -> Fit:
    """The fit; raises FitCodecError for anything that could not have been encoded here."""
    if not HEAD < len(data) <= SIZE_MAX_BYTES:
        raise FitCodecError("length", f"{len(data)} bytes, {HEAD + 1} to {SIZE_MAX_BYTES}")
    if data[: len(MARK)] != MARK:
        raise FitCodecError("mark", f"begins with {data[: len(MARK)]!r}, not {MARK!r}")
    if data[len(MARK)] != FORMAT:
        raise FitCodecError("format", f"byte {len(MARK)}: format {data[len(MARK)]}, not {FORMAT}")
    try:
        fit = _decoder.decode(data[HEAD:])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FitCodecError("content", str(error)) from error
    wrong = _unsound(fit)
    if wrong:
        raise FitCodecError("content", wrong)
    return fit


def _unsound(fit: Fit) -> str:
    """What a later index would fail at, or ""."""
    return _misshaped(fit) or _unreal(fit)


def _misshaped(fit: Fit) -> str:
    rooms, receivers = len(fit.rooms), len(fit.receivers)
    pairs = len(pairs_of(min(receivers, RECEIVERS_MAX)))
    if not (1 <= rooms <= ROOMS_MAX and 1 <= receivers <= RECEIVERS_MAX):
        return f"{rooms} rooms and {receivers} receivers"
    per_room = (fit.levels, fit.pairs, fit.normals, fit.means, fit.chain.step, *fit.chain.step)
    if any(len(one) != rooms for one in (*per_room, fit.prior, fit.silent, fit.chain.start)):
        return "a table does not have a row for each room"
    square = [row for one in fit.normals for row in (one.mean, one.inverse, *one.inverse)]
    if any(len(row) != receivers for row in (*fit.levels, *fit.means, *square)):
        return "a table does not have a column for each receiver"
    if len(fit.turnover) != len(BORDERS) + 1 or not fit.change_db > 0.0:
        return "no table of turnover"
    if any(len(room) != pairs for room in fit.pairs):
        return "a table does not have a column for each pair of receivers"
    if any(len(one) != BINS for room in fit.levels for one in room) or any(
        len(one) != PAIR_BINS for room in fit.pairs for one in room
    ):
        return "a histogram has another number of bins"
    return ""


def _unreal(fit: Fit) -> str:
    """Of tables in shape: numbers that are no probabilities, trees that do not end."""
    rooms, receivers = len(fit.rooms), len(fit.receivers)
    features = 4 * receivers + len(pairs_of(receivers))
    chances = (*fit.prior, *fit.silent, *fit.chain.start, *(p for r in fit.chain.step for p in r))
    if not all(0.0 <= one <= 1.0 for one in chances) or min((*fit.prior, *fit.silent)) <= 0.0:
        return "a probability outside of 0 to 1"
    numbers = [fit.change_db, *fit.turnover, fit.rest_weight, *msgspec.structs.astuple(fit.weights)]
    numbers += [one for n in fit.normals for row in (n.mean, *n.inverse) for one in row]
    numbers += [one.log_size for one in fit.normals]
    numbers += [one for row in fit.means for one in row if one is not None]
    if not all(map(math.isfinite, numbers)):
        return "a number that is not finite"
    if not all(_sound_tree(tree, rooms, features) for tree in fit.trees):
        return f"a tree that does not end within {DEPTH_MAX} steps, or reads no feature of ours"
    return ""


def _sound_tree(tree: Tree, rooms: int, features: int) -> bool:
    """Children stand after their parent, so every way down ends."""
    nodes = len(tree.feature)
    if not nodes or not nodes == len(tree.limit) == len(tree.child):
        return False
    for node, (feature, child) in enumerate(zip(tree.feature, tree.child, strict=True)):
        if feature < 0:
            if not 0 <= child <= len(tree.shares) - rooms:
                return False
        elif feature >= features or not node < child < nodes - 1:
            return False
    return all(0 <= share <= 255 for share in tree.shares)  # noqa: PLR2004 (a byte)
