"""The bound A/eta + B eta + (C + C') eta^2 at eta = min{cap, (A/B)^(1/2), (A/(C+C'))^(1/3)}.

This is the corollary that tuning/best_step_size.py puts into bounds. A choice whose coefficient is
0 is infinite and drops out. A = 0 means a start at the infimum: then eta = 0, nothing moves, and
both sides are 0.
"""

import sympy as sp

from theory.notation.letters import eta
from theory.proving.inferences import Combination, Root
from theory.proving.proof import Proof
from theory.proving.quantities import CAP, FALLING, LINEAR, QUADRATIC, QUADRATIC_TOO
from theory.proving.steps import Hypothesis, Inequality

A, B, C, C2 = FALLING, LINEAR, QUADRATIC, QUADRATIC_TOO
square_root = sp.sqrt(A * B)
cube_root, cube_root_too = sp.cbrt(A**2 * C), sp.cbrt(A**2 * C2)
both = sp.cbrt(A**2 * (C + C2))

LINEAR_CHOICE = Hypothesis("linear choice", "eta <= (A/B)^(1/2)", A - B * eta**2)
QUADRATIC_CHOICE = Hypothesis("quadratic choice", "eta <= (A/(C+C'))^(1/3)", A - (C + C2) * eta**3)
LEAST = Hypothesis(
    "least",
    "eta is one of the three, so 1/eta is at most the sum of their inverses",
    1 / CAP + sp.sqrt(B) / sp.sqrt(A) + sp.cbrt(C + C2) / sp.cbrt(A) - 1 / eta,
)
LINEAR_SQUARED = Combination(
    "linear term, squared",
    "(B eta)^2 = B (B eta^2) <= A B",
    A * B - (B * eta) ** 2,
    ((B, LINEAR_CHOICE),),
)
LINEAR_TERM = Root("linear term", "B eta <= (A B)^(1/2)", LINEAR_SQUARED, B * eta, square_root, 2)
QUADRATIC_CUBED = Combination(
    "quadratic term, cubed",
    "((C+C') eta^2)^3 = (C+C') ((C+C') eta^3)^2 <= A^2 (C+C')",
    A**2 * (C + C2) - ((C + C2) * eta**2) ** 3,
    (((C + C2) * (A + (C + C2) * eta**3), QUADRATIC_CHOICE),),
)
QUADRATIC_TERM = Root(
    "quadratic term",
    "(C+C') eta^2 <= (A^2 (C+C'))^(1/3)",
    QUADRATIC_CUBED,
    (C + C2) * eta**2,
    both,
    3,
)
CUBES = Inequality(
    "cubes",
    "the cube of a sum is at least the sum of the cubes",
    A**2 * (C + C2),
    (cube_root + cube_root_too) ** 3,
)
SPLIT = Root(
    "split",
    "(A^2 (C+C'))^(1/3) <= (A^2 C)^(1/3) + (A^2 C')^(1/3)",
    CUBES,
    both,
    cube_root + cube_root_too,
    3,
)
RESULT = Combination(
    "tuned_step_size",
    "one half of each term comes from A/eta, the other from the term itself",
    A / CAP
    + 2 * square_root
    + 2 * (cube_root + cube_root_too)
    - (A / eta + B * eta + (C + C2) * eta**2),
    ((A, LEAST), (1, LINEAR_TERM), (1, QUADRATIC_TERM), (2, SPLIT)),
)

PROOF = Proof(
    name="tuned_step_size",
    title="a bound A/eta + B eta + (C + C') eta^2 at the best step size up to a cap",
    steps=(
        LINEAR_CHOICE,
        QUADRATIC_CHOICE,
        LEAST,
        LINEAR_SQUARED,
        LINEAR_TERM,
        QUADRATIC_CUBED,
        QUADRATIC_TERM,
        CUBES,
        SPLIT,
        RESULT,
    ),
    proves=(RESULT,),
)
