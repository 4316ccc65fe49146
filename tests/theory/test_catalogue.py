import subprocess
import sys

import pytest

from theory import catalogue


def test_the_three_theorems_stand():
    keys = catalogue.bounds().keys()
    for name in ("minibatch_sgd", "local_sgd", "overlap_local_sgd"):
        assert f"{name}.nonconvex" in keys
        assert f"{name}.nonconvex.tuned" in keys


def test_an_unknown_key_names_its_neighbours():
    with pytest.raises(ValueError, match=r"no bound 'local_sgd.nonconvx'; did you mean local_sgd"):
        catalogue.lookup("local_sgd.nonconvx")


def test_the_theory_needs_neither_torch_nor_matplotlib():
    code = (
        "import sys, theory.catalogue as c, theory.cli.app, theory.presentation.tables\n"
        "import theory.comparison.comparison, theory.testing.bound_laws\n"
        "import theory.export.json_export\n"
        "c.bounds(), c.proofs()\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'matplotlib', 'empirical')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_is_refuted_judges_nothing():
    keys = {item.key for item in catalogue.bounds_for("dq_sgd")}
    assert "dq_sgd.strongly_convex" in keys
    assert "dq_sgd.strongly_convex.as_read" in catalogue.bounds()
    assert not any(key.endswith("as_read") for key in keys)


def test_a_name_is_a_key_a_paper_or_an_algorithm():
    assert [item.key for item in catalogue.named("dq_sgd.nonconvex")] == ["dq_sgd.nonconvex"]
    assert {item.source.key for item in catalogue.named("yan2021dqsgd")} == {"yan2021dqsgd"}
    assert {item.algorithm for item in catalogue.named("minibatch_sgd")} == {"minibatch_sgd"}
    with pytest.raises(ValueError, match="no bound 'minibatch'; did you mean"):
        catalogue.named("minibatch")
