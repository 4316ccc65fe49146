"""The commands `prove`, which replays derivations, and `mutate`, which plants errors in bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from theory.cli.options import Json
from theory.discovery import is_reference
from theory.presentation.faults import complain
from theory.presentation.terminal import DONE, FAILED, console, print_json

if TYPE_CHECKING:
    from theory.bound import Bound
    from theory.proving.proof import Proof


def prove(key: str | None = None, *, as_json: Json = False) -> int:
    """Replay derivations step by step, and the counterexamples to refuted bounds.

    Args:
        key: the key of a bound or the name of a proof; all proofs and counterexamples if left out.
    """
    from theory import catalogue

    if key is None:
        refuted = [bound for bound in catalogue.bounds().values() if bound.refutation]
        code = _replay(catalogue.proofs(), as_json=as_json)
        return code if as_json else max(code, _refute(refuted))
    if not is_reference(key) and key in catalogue.proofs():
        return _replay({key: catalogue.proofs()[key]}, as_json=as_json)
    bound = catalogue.lookup(key)
    if bound.refutation is not None:
        return _refute([bound], as_json=as_json)
    found = catalogue.derivation(bound)
    code = _replay({found.name: found}, as_json=as_json)
    if not as_json:
        from theory.presentation.tables import letters

        console().print(letters(bound.parameters), highlight=False)
    # FAILED exceeds DONE, so the larger code is that of the worse outcome.
    return max(code, _concludes(found, bound))


def _replay(proofs: Mapping[str, Proof], *, as_json: bool) -> int:
    """Replays proofs and prints every step; the exit code is FAILED if a step does not hold."""
    from theory.presentation import tables
    from theory.proving.proof import replay

    failed, rows = False, []
    for name, proof in proofs.items():
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
    return FAILED if failed else DONE


def _concludes(proof: Proof, bound: Bound) -> int:
    """Returns FAILED, with a message, if a derivation concludes something else than a bound."""
    from theory.proving.citations import establishes

    if establishes(proof, bound):
        return DONE
    complain(f"{proof.name} does not conclude {bound.key}")
    return FAILED


def mutate(key: str | None = None, *, as_json: Json = False) -> int:
    """Plant errors in proved bounds, one at a time, and count those that no check notices.

    Args:
        key: the key of a bound or the name of a proof; every proof of a bound if left out.
    """
    from theory import catalogue
    from theory.testing import planted_errors

    names = planted_errors.provers() if key is None else (key,)
    of_bound = key is not None and key not in catalogue.proofs()
    if of_bound:
        names = (catalogue.derivation(catalogue.lookup(str(key))).name,)
    found = [item for name in names for item in planted_errors.score(name)]
    found = [item for item in found if item.key == key] if of_bound else found
    survivors = [item for item in found if not item.noticed_by]
    if as_json:
        rows = [{"key": item.key, "alteration": item.what} for item in survivors]
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
    """Replays counterexamples and prints them; the exit code is FAILED if one does not refute."""
    from theory.presentation import tables

    rows = [tables.counterexample_as_json(item) for item in bounds]
    if as_json:
        print_json(rows)
    else:
        tables.counterexample_lines(rows, console())
    return DONE if all(row["verdict"] == "REFUTED" for row in rows) else FAILED
