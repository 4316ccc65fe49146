# The public face of empirical.wire: what is imported lazily from where. One line a file.

# What the body of a message is made of: for compressors of one's own.
from .bit_packing import (
    fields as fields,
    finite_from_bytes as finite_from_bytes,
    from_bytes as from_bytes,
    pack as pack,
    packed_bytes as packed_bytes,
    to_bytes as to_bytes,
    unpack as unpack,
)

# The checked header before it.
from .envelope import CorruptMessage as CorruptMessage, HEADER_BYTES as HEADER_BYTES
