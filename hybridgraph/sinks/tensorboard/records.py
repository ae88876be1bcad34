"""Records in a file, each with its length and two checksums, as TensorFlow's record files have them.

A record is: its length in 8 bytes, the masked CRC-32C of these, its bytes, the masked CRC-32C of those. Source: TensorFlow,
"TFRecord and tf.train.Example"; CRC-32C: RFC 3720, appendix B.4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_POLYNOMIAL = 0x82F63B78  # Castagnoli's, with its bits reversed
_MASK = 0xA282EAD8
_WORD = 0xFFFFFFFF
_LONGEST = 64 * 2**20


@cache
def _tables() -> tuple[list[int], list[int]]:
    """What one byte, and what two bytes, do to the rest of the division."""
    one = []
    for byte in range(256):
        rest = byte
        for _ in range(8):
            rest = rest >> 1 ^ (_POLYNOMIAL if rest & 1 else 0)
        one.append(rest)
    first = [one[word & 0xFF] ^ word >> 8 for word in range(1 << 16)]
    return one, [one[rest & 0xFF] ^ rest >> 8 for rest in first]


def checksum(data: bytes) -> int:
    """The CRC-32C of bytes, two at a time: every step of a training is written."""
    one, two = _tables()
    rest, pairs = _WORD, len(data) // 2
    for word in struct.unpack_from(f"<{pairs}H", data):
        rest = two[(rest ^ word) & 0xFFFF] ^ rest >> 16
    if len(data) % 2:
        rest = one[(rest ^ data[-1]) & 0xFF] ^ rest >> 8
    return rest ^ _WORD


def masked(data: bytes) -> int:
    """The checksum as records hold it, so that a checksum over records is none of zeros."""
    rest = checksum(data)
    return ((rest >> 15 | rest << 17) + _MASK) & _WORD


def record(content: bytes) -> bytes:
    """The record of some bytes."""
    length = struct.pack("<Q", len(content))
    return length + struct.pack("<I", masked(length)) + content + struct.pack("<I", masked(content))


def records(path: Path) -> Iterator[bytes]:
    """The whole records of a file, up to one that was torn by a crash; their bytes are not checked. Raises OSError."""
    with path.open("rb") as file:
        while len(head := file.read(12)) == 12:
            (length,) = struct.unpack("<Q", head[:8])
            if struct.unpack("<I", head[8:])[0] != masked(head[:8]) or length > _LONGEST:
                return
            content, tail = file.read(length), file.read(4)
            if len(content) < length or len(tail) < 4:
                return
            yield content
