# The public face of theory.proving: what is imported lazily from where. One line a file.

# A derivation and its replay.
from .proof import (
    Proof as Proof,
    Step as Step,
    StepOutcome as StepOutcome,
    proved as proved,
    replay as replay,
)

# What is relied on, and what the letters of a derivation are.
from .axioms import Rule as Rule
from .certificates import scalar as scalar, vector as vector
from .quantities import measured as measured

# Steps.
from .citations import Applied as Applied, Lemma as Lemma, Theorem as Theorem
from .induction import Induction as Induction
from .inferences import (
    Averaged as Averaged,
    Combination as Combination,
    Mean as Mean,
    Root as Root,
)
from .least_and_greatest import (
    Greatest as Greatest,
    Least as Least,
    Product as Product,
    Quotient as Quotient,
)
from .steps import (
    Definition as Definition,
    Hypothesis as Hypothesis,
    Identity as Identity,
    Inequality as Inequality,
    Instance as Instance,
    Square as Square,
    Summation as Summation,
)
