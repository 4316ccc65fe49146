import json
from dataclasses import replace

import pytest

from empirical.reports import verification as verify_module
from empirical.reports.verification import table_rows, verify
from empirical.verdicts.verdict import Claim, Outcome

pytestmark = [pytest.mark.rates, pytest.mark.ranks]

JUDGED = {
    "minibatch_sgd.nonconvex",
    "local_sgd.nonconvex",
    "local_sgd.nonconvex.sharp",
    "overlap_local_sgd.nonconvex",
    "overlap_local_sgd.nonconvex.sharp",
}
"""Every theorem on the three methods that the problem's constants suffice for."""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return verify(tmp_path_factory.mktemp("report"), lambda text: None)


def test_every_bound_is_judged_by_level_and_rate_and_holds(found):
    assert found.holds
    claims = {(item.bound.key, item.verdict.claimed) for item in found.summary}
    assert {key for key, _ in claims} == JUDGED
    assert len(claims) == 2 * len(JUDGED)
    assert {claim for _, claim in claims} == {"level", "rate in num_rounds"}
    for item in found.judged:
        assert item.verdict.outcome is Outcome.HOLDS, item.verdict.sentence
        assert item.verdict.num_seeds == 64
    levels = [item for item in found.judged if item.verdict.claim is Claim.LEVEL]
    assert len(levels) == 6 * len(JUDGED)
    assert all(1 < item.verdict.tightness < 4 for item in levels)


def test_the_rates_agree_with_the_bounds_within_the_margin(found):
    for item in found.judged:
        if item.verdict.claim is Claim.RATE:
            assert "equivalent within 0.1" in item.verdict.sentence


def test_real_ranks_give_the_same_numbers(found):
    assert found.layout.num_ranks == 2
    assert found.layout.difference <= 1e-12


def test_the_report_is_whole(found):
    assert (found.folder / "rates.png").read_bytes().startswith(b"\x89PNG")
    page = (found.folder / "index.html").read_text()
    assert "data:image/png;base64," in page
    assert page.count("HOLDS") >= 25
    verdicts = json.loads((found.folder / "verdicts.json").read_text())
    assert len(verdicts) == 7 * len(JUDGED)
    assert len((found.folder / "records.jsonl").read_text().splitlines()) == 3 * 6 * 64
    rows = table_rows(found)
    assert len({len(row) for row in rows}) == 1
    assert [rows[-2][0], rows[-2][2]] == ["theory/proofs", "PROVED"]


def test_the_exact_readings_agree_with_simulation_and_bounds(found):
    assert [check.outcome for check in found.exact] == [Outcome.HOLDS] * 4
    assert all(check.row in table_rows(found) for check in found.exact)
    broken = replace(found.exact[0], outcome=Outcome.VIOLATED)
    assert not replace(found, exact=(broken, *found.exact[1:])).holds


def test_what_cannot_be_judged_fails_the_verification(found):
    unsure = replace(found.judged[0].verdict, outcome=Outcome.INCONCLUSIVE)
    judged = (replace(found.judged[0], verdict=unsure), *found.judged[1:])
    assert not replace(found, judged=judged).holds


def test_a_failing_proof_fails_the_verification(found):
    broken = verify_module.Verification(
        {**found.proofs, "descent": False},
        found.judged,
        found.layout,
        found.exact,
        found.folder,
    )
    assert not broken.holds
