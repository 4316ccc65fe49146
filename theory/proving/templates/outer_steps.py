"""Methods with an outer step: K local steps, then one step of an anchor with momentum.

Method: every worker takes K local steps from the anchor z. Then d = z - mean_m x_m,
v <- beta v + d and z <- z - step (p d + q v), and all workers start again from z. The virtual point
is ŷ = c x̄ + (1-c) z - c beta q v with c = step/(1-beta). SlowMo and DiLoCo have this form.
"""

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from theory.bounds.mixing_methods import MixingMethod
from theory.measures import ReportPoint
from theory.notation.letters import eta
from theory.notation.plain_formula import plain
from theory.proving.axioms import Rule
from theory.proving.certificates import vector
from theory.proving.citations import Lemma
from theory.proving.inferences import Combination, Root
from theory.proving.proof import Step
from theory.proving.quantities import GENERIC, LATER_LIMIT, LOST
from theory.proving.steps import Identity, Inequality
from theory.proving.templates.earlier_rounds import Later, geometric, lag_facts, within_a_round
from theory.proving.templates.linear_mixing import InClass
from theory.proving.templates.symbolic_run import Rehearsal, State

x, g, z, v, mean, mean_gradient = (vector(name) for name in ("x_m", "g_m", "z", "v", "x̄", "ḡ"))


@dataclass(frozen=True)
class OuterStep:
    """A method with this outer step, as a member of the linear-mixing class.

    Attributes:
        name: the name of the method.
        row: the method's row in the table of bounds/mixing_methods.py.
        step: the size of the outer step.
        momentum: beta, the factor of the memory v in a round.
        fresh: p, the weight of d in the outer step.
        remembered: q, the weight of v in the outer step.
    """

    name: str
    row: MixingMethod
    step: sp.Expr
    momentum: sp.Expr
    fresh: sp.Expr
    remembered: sp.Expr

    @cached_property
    def in_class(self) -> InClass:
        """The steps that show that the method is in the linear-mixing class."""
        norm, squares = within_a_round(self.name)
        facts = (norm, squares, *lag_facts(self.name, self._earlier, self._lost))
        steps = (*self._moves(), self._rehearsed(), *self._earlier.steps, *facts)
        return InClass(self.row, ReportPoint.CONSERVED_MEAN, steps, facts)

    def admissible(self, below: Step) -> tuple[Step, ...]:
        """Returns the steps that show both conditions of Theorem G.

        They hold up to the step size of proofs/theorem_g/lagging_cap.py.

        Args:
            below: the step that shows that eta is at most that step size.
        """
        away, distance = 1 - self.momentum - self.step, (1 - self.momentum) * self._lost
        squared = Inequality(
            "modulus squared", "a modulus has the same square", away**2, distance**2
        )
        modulus = Root("modulus", f"so |{plain(away)}| is no less", squared, away, distance, 2)
        least = Combination(
            "lost",
            "so c_0 = |1 - c| is at least 1 - c",
            self._lost - (1 - self._effective),
            ((1 / (1 - self.momentum), modulus),),
        )
        values = (
            (GENERIC.effective_step, self._effective),
            (LOST, self._lost),
            (LATER_LIMIT, self._earlier.limit),
        )
        first, second = "condition i", "condition ii"
        return (
            squared,
            modulus,
            least,
            Lemma("drift up to the cap", first, "lagging_cap", values, (below, least), of=first),
            Lemma("descent up to the cap", second, "lagging_cap", values, (below,), of=second),
        )

    @property
    def _effective(self) -> sp.Expr:
        return self.row.numbers.effective_step

    @property
    def _lost(self) -> sp.Expr:
        """The lag weights' modulus |1 - c|, with 1 - c = (1 - momentum - step) / (1 - momentum)."""
        return sp.Abs(1 - self.momentum - self.step) / (1 - self.momentum)

    @property
    def _first(self) -> sp.Expr:
        """The modulus c beta q of the weight of v in the virtual point."""
        return self._effective * self.momentum * self.remembered

    @property
    def _earlier(self) -> Later:
        return geometric(self.name, self.momentum, self._first)

    def _point(self, mean: sp.Expr, anchor: sp.Expr, memory: sp.Expr) -> sp.Expr:
        c = self._effective
        return c * mean + (1 - c) * anchor - self._first * memory

    def _after(self, mean: sp.Expr, anchor: sp.Expr, memory: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        """Returns anchor and memory after the outer step."""
        moved = anchor - mean
        memory = self.momentum * memory + moved
        return anchor - self.step * (self.fresh * moved + self.remembered * memory), memory

    def _moves(self) -> tuple[Step, ...]:
        """Returns the identities by which virtual point, lag and deviation move, on one worker."""
        c, point, after = self._effective, self._point(mean, z, v), self._after(mean, z, v)
        step = Identity(
            "virtual point in a local step",
            "z and v rest and x̄ moves by -eta ḡ, so ŷ moves by -c eta ḡ: eta_hat = c eta",
            self._point(mean - eta * mean_gradient, z, v),
            point - c * eta * mean_gradient,
            by=(Rule.PLAIN_STEPS, Rule.UNIFORM_WEIGHTS),
        )
        sync = Identity(
            "virtual point in an outer step",
            "after it x̄ = z, and ŷ is what it was before",
            self._point(after[0], *after),
            point,
        )
        lag = Identity(
            "lag",
            "x̄ - ŷ = (1-c)(x̄ - z) + c beta q v: m_ts = 1 - c for s < t in the round of t, and "
            "-c beta^n q n rounds later, as v adds up the d of earlier rounds with weights "
            f"beta^(n-1); q = {plain(self.remembered)}",
            mean - point,
            (1 - c) * (mean - z) + self._first * v,
        )
        deviation = Identity(
            "deviation",
            "x_m - x̄ moves by -eta (g_m - ḡ), and an outer step sets it to 0: w_ts = 1 within a "
            "round",
            (x - eta * g) - (mean - eta * mean_gradient),
            (x - mean) - eta * (g - mean_gradient),
        )
        return step, sync, lag, deviation

    def _rehearsed(self) -> Step:
        def synchronise(workers: list[sp.Expr], memory: tuple[sp.Expr, sp.Expr]) -> State:
            anchor, summed = self._after(sp.Add(*workers) / len(workers), *memory)
            return [anchor] * len(workers), (anchor, summed)

        run = Rehearsal(
            synchronise,
            virtual=lambda mean, memory: self._point(mean, *memory),
            memory=(sp.Integer(0), sp.Integer(0)),
            num_workers=2,
        )

        def lag(t: int, s: int) -> sp.Expr:
            later = run.rounds_between(t, s)
            return -self._first * self.momentum ** (later - 1) if later else 1 - self._effective

        return run.agrees(
            "run on symbols",
            effective_step=self._effective,
            weights=lambda t, s: int(run.rounds_between(t, s) == 0),
            lag_weights=lag,
        )
