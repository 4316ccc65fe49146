"""Where local gradient descent comes to rest, against exact runs on quadratics."""

import numpy as np
import pytest

from theory.catalogue import lookup

KEY = "local_sgd.heterogeneous_quadratics.fixed_point"


def camps(rng, workers=3, size=4):
    """Hessians in [mu, L] = [0.2, 2], and each worker's own optimum."""
    bases = [np.linalg.qr(rng.normal(size=(size, size)))[0] for _ in range(workers)]
    spectra = rng.uniform(0.2, 2.0, (workers, size))
    hessians = np.stack([q @ np.diag(s) @ q.T for q, s in zip(bases, spectra, strict=True)])
    return hessians, rng.normal(size=(workers, size))


def distances(hessians, optima, *, step_size, local_steps, num_rounds):
    """Squared distance from x* after each number of rounds, and what the bound asks for."""
    mean = hessians.mean(axis=0)
    best = np.linalg.solve(mean, np.einsum("mij,mj->i", hessians, optima) / len(hessians))
    x, found = np.zeros_like(best), {}
    for count in range(1, max(num_rounds) + 1):
        each = np.broadcast_to(x, optima.shape)
        for _ in range(local_steps):
            each = each - step_size * np.einsum("mij,mj->mi", hessians, each - optima)
        x = each.mean(axis=0)
        found[count] = float(np.sum((x - best) ** 2))
    spread = max(np.linalg.norm(a - b, 2) for a in hessians for b in hessians)
    apart = np.sqrt(np.mean(np.sum((optima - best) ** 2, axis=1)))
    constants = {"initial_distance": float(np.linalg.norm(best)), "hessian_spread": spread}
    return found, {**constants, "heterogeneity_of_optima": 2.0 * apart}


def promised(constants, **run):
    return lookup(KEY).value(smoothness=2.0, strong_convexity=0.2, **constants, **run)


def test_the_distance_stays_below_the_bound():
    rng, ratios = np.random.default_rng(11), []
    for _ in range(30):
        local_steps, step_size = int(rng.integers(1, 9)), float(rng.uniform(0.05, 0.5))
        found, constants = distances(
            *camps(rng), step_size=step_size, local_steps=local_steps, num_rounds=(1, 10, 60)
        )
        for rounds in (1, 10, 60):
            run = {"local_steps": local_steps, "num_rounds": rounds, "step_size": step_size}
            ratios.append(found[rounds] / promised(constants, **run))
    assert max(ratios) <= 1


def test_two_camps_keep_half_of_what_the_bound_allows():
    """Curvatures mu and mu + 2 d, turned against each other; optima v and -v, d far below mu."""
    turned = 1e-3 * np.array([[0.0, 1.0], [1.0, 0.0]])
    hessians = np.stack([0.201 * np.eye(2) + turned, 0.201 * np.eye(2) - turned])
    optima = np.array([[0.6, 0.8], [-0.6, -0.8]])
    run = {"step_size": 0.5, "local_steps": 400}
    found, constants = distances(hessians, optima, num_rounds=(3,), **run)
    assert np.sqrt(found[3] / promised(constants, num_rounds=3, **run)) == pytest.approx(
        0.5, abs=0.01
    )


def test_many_local_steps_come_to_rest_at_the_mean_of_the_optima():
    hessians, optima = camps(np.random.default_rng(4))
    found, constants = distances(hessians, optima, step_size=0.5, local_steps=400, num_rounds=(2,))
    mean = hessians.mean(axis=0)
    best = np.linalg.solve(mean, np.einsum("mij,mj->i", hessians, optima) / len(hessians))
    assert found[2] == pytest.approx(float(np.sum((optima.mean(axis=0) - best) ** 2)), rel=1e-12)
    run = {"local_steps": 400, "num_rounds": 2, "step_size": 0.5}
    apart = constants["heterogeneity_of_optima"] * constants["hessian_spread"] / (2.0 * 0.2)
    assert promised(constants, **run) == pytest.approx(apart**2, rel=1e-6)


def test_equal_hessians_or_equal_optima_leave_gradient_descent():
    constants = {"initial_distance": 0.7, "heterogeneity_of_optima": 0.0, "hessian_spread": 1.0}
    run = {"local_steps": 3, "num_rounds": 5, "step_size": 0.1}
    assert promised(constants, **run) == pytest.approx(0.49 * (1 - 0.02) ** 30)
    constants |= {"heterogeneity_of_optima": 2.0, "hessian_spread": 0.0}
    assert promised(constants, **run) == pytest.approx(0.49 * (1 - 0.02) ** 30)


def test_the_branch_at_the_optimum_is_no_better_than_the_minimum_and_is_it_far_from_zeta():
    numbers = {"num_workers": 8, "local_steps": 4, "num_rounds": 9, "smoothness": 2.0}
    numbers |= {"gradient_noise": 1.0, "initial_distance": 0.7, "heterogeneity_at_optimum": 0.4}
    numbers |= {"hessian_spread": 0.3, "hessian_smoothness": 0.2, "path_radius": 0.9}
    branch = float(lookup("local_sgd.convex_second_order.at_optimum").value(**numbers))
    whole = lookup("local_sgd.convex_second_order.order")
    assert whole.value(**numbers, greatest_heterogeneity=1e6) == pytest.approx(branch, rel=1e-14)
    assert whole.value(**numbers, greatest_heterogeneity=0.4) < branch
