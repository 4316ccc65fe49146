import torch

from empirical.compressor import message_bytes
from empirical.compressors.identity import Identity
from empirical.wire.envelope import HEADER_BYTES


def test_every_number_travels_as_it_is():
    row = torch.tensor([1.5, -0.0, 3e38])
    found = Identity()(row)
    assert torch.equal(found.view(torch.int32), row.view(torch.int32))
    assert message_bytes(Identity(), 3, torch.float32) == HEADER_BYTES + 12
    assert Identity().contraction(3) == 1
