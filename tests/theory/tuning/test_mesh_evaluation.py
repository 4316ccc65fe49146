import numpy as np
import pytest

from theory.bound import Side
from theory.catalogue import bounds, lookup
from theory.notation import GLOSSARY
from theory.tuning import mesh_evaluation

TUNED = lookup("local_sgd.convex_homogeneous.tuned")
VALUES = {"num_workers": 64, "local_steps": 8, "smoothness": 1.0, "initial_distance": 1.0}


def expected(theorem, **values):
    evaluation = theorem.evaluate(**values)
    return np.where(evaluation.holds, evaluation.value, np.nan)


@pytest.mark.parametrize("shape", [(7, 300), (300, 7), (3, 70_000)])
def test_a_mesh_is_every_combination(shape):
    rounds = np.arange(1, shape[0] + 1)
    noise = np.concatenate([[0.0], np.geomspace(1e-3, 1e3, shape[1] - 1)])
    found = mesh_evaluation.mesh(TUNED, {**VALUES, "num_rounds": rounds, "gradient_noise": noise})
    assert found.shape == shape
    whole = expected(TUNED, **VALUES, num_rounds=rounds[:, None], gradient_noise=noise)
    np.testing.assert_allclose(found, whole, rtol=1e-13)


def test_columns_of_any_length():
    rng = np.random.default_rng(1)
    for size in (1, 100, 2 * mesh_evaluation._COLUMN_BLOCK + 5):
        rounds, noise = rng.integers(1, 10**6, size), rng.uniform(0, 9, size)
        found = mesh_evaluation.values(
            TUNED, {**VALUES, "num_rounds": rounds, "gradient_noise": noise}
        )
        whole = expected(TUNED, **VALUES, num_rounds=rounds, gradient_noise=noise)
        np.testing.assert_allclose(found, whole, rtol=1e-12)


def test_a_third_of_the_catalogue_agrees_with_itself():
    """Terms that are no products and conditions that fail included, each in three axes."""
    partly = 0
    for theorem in list(bounds().values())[::3]:
        if theorem.side is Side.EXACT or len(theorem.parameters) < 3:
            continue
        *fixed, slow, middle, fast = theorem.parameters
        values = {name: _some(name)[1] for name in fixed}
        values |= {name: _some(name) for name in (slow, middle, fast)}
        open_ = {**values, slow: values[slow][:, None, None], middle: values[middle][:, None]}
        whole = expected(theorem, **open_)
        found = mesh_evaluation.mesh(theorem, values)
        np.testing.assert_allclose(found, whole, rtol=1e-11, err_msg=theorem.key)
        meshed = {n: np.broadcast_to(v, whole.shape).ravel() for n, v in open_.items()}
        flat = mesh_evaluation.values(theorem, meshed)
        np.testing.assert_allclose(flat, whole.ravel(), rtol=1e-11, err_msg=theorem.key)
        partly += 0 < np.isnan(whole).sum() < whole.size
    assert partly > 2


def _some(name):
    """Three numbers within the range of a quantity."""
    row = GLOSSARY[name]
    if row.integer:
        values = row.low + np.array([1.0, 3.0, 7.0])
    elif np.isfinite(row.high):
        values = row.low + (row.high - row.low) * np.array([0.2, 0.5, 0.7])
    else:
        values = row.low + np.array([0.01, 0.3, 2.0])
    return values


def test_memory_does_not_grow_with_the_mesh():
    import tracemalloc

    rounds, noise = np.arange(1.0, 1001), np.geomspace(0.1, 10, 4000)
    tracemalloc.start()
    least, count = np.inf, 0
    for place, part in mesh_evaluation.mesh_blocks(
        TUNED, {**VALUES, "num_rounds": rounds, "gradient_noise": noise}
    ):
        least, count = min(least, part.min()), count + place.stop - place.start
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 4_000_000
    assert least == pytest.approx(float(TUNED.value(**VALUES, num_rounds=1000, gradient_noise=0.1)))
    assert peak < 8e6


def test_wrong_numbers_are_refused_wherever_they_stand():
    columns = {"num_rounds": np.ones(50_000), "gradient_noise": np.ones(50_000)}
    columns["num_rounds"][40_000] = 1.5
    with pytest.raises(ValueError, match="must be a whole number >= 1"):
        mesh_evaluation.values(TUNED, {**VALUES, **columns})
    with pytest.raises(ValueError, match="gradient_noise=-1 must be a number >= 0"):
        mesh_evaluation.mesh(TUNED, {**VALUES, "num_rounds": [1, 2], "gradient_noise": [1, -1]})
    with pytest.raises(ValueError, match="needs gradient_noise"):
        mesh_evaluation.values(TUNED, {**VALUES, "num_rounds": 2})
    with pytest.raises(ValueError, match="columns must be flat and of one length"):
        mesh_evaluation.values(TUNED, {**VALUES, "num_rounds": [1, 2, 3], "gradient_noise": [1, 2]})
