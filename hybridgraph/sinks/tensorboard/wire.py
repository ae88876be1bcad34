"""Messages in the wire format of protocol buffers, as far as event files need it.

Source: protobuf.dev, Encoding. A field is written as its number and kind in one varint, then its value.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_VARINT, _DOUBLE, _BYTES, _FLOAT = 0, 1, 2, 5


def varint(value: int) -> bytes:
    """A whole number from 0 on, seven bits a byte, the lowest first."""
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def number(field: int, value: int) -> bytes:
    """A field with a whole number from 0 on."""
    return varint(field << 3 | _VARINT) + varint(value)


def double(field: int, value: float) -> bytes:
    """A field with a number of 64 bits."""
    return varint(field << 3 | _DOUBLE) + struct.pack("<d", value)


def single(field: int, value: float) -> bytes:
    """A field with a number of 32 bits."""
    return varint(field << 3 | _FLOAT) + float_bytes(value)


def float_bytes(value: float) -> bytes:
    """A number in 32 bits; one too large for them is infinite."""
    try:
        return struct.pack("<f", value)
    except OverflowError:
        return struct.pack("<f", float("inf") if value > 0 else float("-inf"))


def text(field: int, value: str) -> bytes:
    """A field with a text."""
    return message(field, value.encode(errors="replace"))


def message(field: int, content: bytes) -> bytes:
    """A field with bytes, or with another message."""
    return varint(field << 3 | _BYTES) + varint(len(content)) + content


def fields_of(content: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message by their numbers: whole numbers as such, all else as bytes. Raises ValueError for what is none."""
    place = 0
    while place < len(content):
        key, place = _varint_at(content, place)
        kind = key & 7
        if kind == _VARINT:
            value, place = _varint_at(content, place)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            length, place = _varint_at(content, place)
        elif kind in (_DOUBLE, _FLOAT):
            length = 8 if kind == _DOUBLE else 4
        else:
            raise ValueError(f"a field of kind {kind}")
        if place + length > len(content):
            raise ValueError("a field that ends after its message")
        yield key >> 3, content[place : place + length]
        place += length


def _varint_at(content: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if place >= len(content) or shift > 63:
            raise ValueError("a number without an end")
        byte = content[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
