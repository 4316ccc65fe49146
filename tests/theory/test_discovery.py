import sys

import pytest

from theory import discovery


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of two folders; what a test writes there is found."""
    root = tmp_path / "shelves_of_a_test"
    for folder in (root, root / "upper", root / "lower"):
        folder.mkdir()
        (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield root
    for name in [name for name in sys.modules if name.startswith(root.name)]:
        del sys.modules[name]
    discovery.places.cache_clear()


def test_files_of_all_folders_are_found_by_stem_and_not_imported(package):
    (package / "upper" / "beta.py").write_text("raise RuntimeError")
    (package / "lower" / "alpha.py").write_text("BOUNDS = ()")
    found = discovery.places(package.name)
    assert list(found.items()) == [
        ("alpha", f"{package.name}.lower.alpha"),
        ("beta", f"{package.name}.upper.beta"),
    ]
    assert discovery.module(package.name, "alpha").BOUNDS == ()


def test_what_defines_nothing_of_the_name_is_left_out(package):
    (package / "upper" / "beta.py").write_text("PROOF = 1")
    (package / "lower" / "alpha.py").write_text("BOUNDS = ()")
    assert list(discovery.modules(package.name, "BOUNDS")) == ["alpha"]


def test_two_files_of_one_name_are_refused(package):
    for folder in ("upper", "lower"):
        (package / folder / "same.py").write_text("")
    with pytest.raises(ValueError, match=r"upper.same and .*lower.same have one file name"):
        discovery.places(package.name)


def test_an_unknown_file_names_its_neighbours():
    with pytest.raises(ValueError, match=r"no file jensn.py in theory/proofs; did you mean jensen"):
        discovery.module("theory.proofs", "jensn")


def test_a_link_is_imported_under_its_own_name(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file_of_a_link.py").write_text("BOUNDS = (1,)")
    link = tmp_path / "link_of_a_test.py"
    link.symlink_to(tmp_path / "folder" / "file_of_a_link.py")
    found, name = discovery.imported(f"{link}:BOUNDS")
    assert (found.__name__, name, found.BOUNDS) == ("link_of_a_test", "BOUNDS", (1,))
