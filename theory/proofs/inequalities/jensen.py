"""Jensen's inequality for squares: |mean a|^2 <= mean |a|^2.

The mean is any, over workers, rounds or chance; averaged further, over what it was given, both
sides stay in order.
"""

from theory.proving.certificates import scalar, vector
from theory.proving.inferences import Averaged
from theory.proving.proof import Proof
from theory.proving.steps import Square

own, mean = vector("a"), vector("mean a")
SQUARES, SQUARE_OF_MEAN = scalar("mean |a|^2"), scalar("|mean a|^2")

SPREAD = Square("spread", "squares are nonnegative", (own - mean) ** 2, (own - mean) ** 2)
RESULT = Averaged(
    "jensen",
    "averaged",
    SPREAD,
    ((own**2, SQUARES), (own * mean, SQUARE_OF_MEAN), (mean**2, SQUARE_OF_MEAN)),
)

PROOF = Proof(
    name="jensen",
    title="the square of a mean is at most the mean of the squares",
    steps=(SPREAD, RESULT),
    proves=(RESULT,),
)
