"""The commands that replay: prove, and mutate, which plants errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from theory.cli.options import Json
from theory.presentation.terminal import DONE, FAILED, console, print_json

if TYPE_CHECKING:
    from theory.bound import Bound
    from theory.proving.proof import Proof


def prove(key: str | None = None, *, as_json: Json = False) -> int:
    """Replay derivations step by step, and the counterexamples to what is refuted.

    Args:
        key: of a bound or a proof; all proofs and counterexamples if left out.
    """
    from theory import catalogue
    from theory.presentation import tables
    from theory.proving.proof import replay

    refuted = [b for b in catalogue.bounds().values() if b.refutation and key in (None, b.key)]
    if key is not None and refuted:
        return _refute(refuted, as_json=as_json)
    failed, rows = False, []
    for name, proof in _chosen_proofs(key).items():
        outcomes = replay(proof)
        verdict = "PROVED" if all(outcome.holds for outcome in outcomes) else "NOT PROVED"
        failed |= verdict != "PROVED"
        steps = [
            {"claim": item.step.claim, "how": item.step.how, "holds": item.holds}
            for item in outcomes
        ]
        rows.append({"proof": name, "verdict": verdict, "steps": steps})
        if not as_json:
            tables.proof_lines(f"{name}: {proof.title}", outcomes, console())
            console().print(f"  [bold]{verdict}[/bold]\n")
    if as_json:
        print_json(rows)
    elif key is None:
        failed |= _refute(refuted) == FAILED
    return FAILED if failed else DONE


def mutate(key: str | None = None, *, as_json: Json = False) -> int:
    """Plant errors in proved bounds, one at a time, and count those that nothing notices.

    Args:
        key: of a bound or a proof; every proof of a bound if left out.
    """
    from theory import catalogue
    from theory.testing import planted_errors

    names = planted_errors.provers() if key is None else tuple(_chosen_proofs(key))
    found = [item for name in names for item in planted_errors.score(name)]
    if key in catalogue.bounds():
        found = [item for item in found if item.key == key]
    survivors = [item for item in found if not item.noticed_by]
    if as_json:
        rows = [{"survivor": item.key, "alteration": item.what} for item in survivors]
        return print_json({"planted": len(found), "survivors": rows})
    for item in survivors:
        console().print(f"survives: {item.key}, {item.what}", highlight=False)
    noticed = len(found) - len(survivors)
    by_units = sum(item.noticed_by == "units" for item in found)
    share = noticed / len(found) if found else 1.0
    console().print(
        f"{len(found)} errors planted in {len(names)} proofs: {noticed} noticed ({share:.1%}), "
        f"{by_units} by their units and {noticed - by_units} as they do not replay"
    )
    return FAILED if survivors else DONE


def _refute(bounds: Sequence[Bound], *, as_json: bool = False) -> int:
    """Replays the counterexamples to bounds; fails where one does not refute."""
    from theory.presentation import tables

    rows = [tables.counterexample_as_json(item) for item in bounds]
    if as_json:
        print_json(rows)
    else:
        tables.counterexample_lines(rows, console())
    return DONE if all(row["verdict"] == "REFUTED" for row in rows) else FAILED


def _chosen_proofs(key: str | None) -> dict[str, Proof]:
    """The proofs of a request: all of them, one by its name, or that of a bound."""
    from theory import catalogue

    known = catalogue.proofs()
    if key is None:
        return dict(known)
    if key in known:
        return {key: known[key]}
    name = catalogue.bound(key).proof
    if name is None:
        raise ValueError(f"{key} has no derivation here; it stands as transcribed")
    return {name: known[name]}
