"""The three ways to CIFAR-10 on small files, and what happens when a file is not what it seems."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from empirical.problems.datasets import cifar10_files
from empirical.problems.datasets.cifar10_files import (
    CLASSES,
    OFFICIAL,
    Cifar10Arrays,
    Release,
    load,
    parse_batch,
)

FOLDER = "cifar-10-batches-py"


def md5(data: bytes) -> str:
    return str(hashlib.md5(data).hexdigest())


def python2_batch(images: np.ndarray, labels: list[int]) -> bytes:
    """A batch byte for byte as Python 2 pickled it: byte strings, numpy's old module, integers."""
    short = [b"U" + bytes([len(word)]) + word for word in (b"labels", b"data", b"b", b"u1", b"|")]
    key_labels, key_data, buffer_type, kind, order = short
    counts = b"(" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    rows, columns = (b"M" + size.to_bytes(2, "little") for size in images.shape)
    dtype = b"cnumpy\ndtype\n" + kind + b"K\x00K\x01\x87R(K\x03" + order
    dtype += b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + buffer_type
    array += b"\x87R(K\x01" + rows + columns + b"\x86" + dtype + b"\x89"
    array += b"T" + images.size.to_bytes(4, "little") + images.tobytes() + b"tb"
    return bytes(b"\x80\x02}(" + key_labels + b"]" + counts + key_data + array + b"u.")


def python3_batch(images: object, labels: object) -> bytes:
    return pickle.dumps({b"data": images, b"labels": labels}, protocol=2)


def rows(num_images: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (num_images, 3072), np.uint8)


def small_release(url: str = "http://127.0.0.1:9/none") -> tuple[Release, dict[str, bytes]]:
    """Two training batches and a test batch, with their own checksums."""
    contents = {
        "data_batch_1": python2_batch(rows(3, 1), [3, 9, 0]),
        "data_batch_2": python2_batch(rows(2, 2), [1, 1]),
        "test_batch": python2_batch(rows(2, 3), [7, 8]),
    }
    pairs = [(name, md5(data)) for name, data in contents.items()]
    return Release(url, "0" * 32, tuple(pairs[:2]), tuple(pairs[2:])), contents


def put(folder: Path, contents: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        (folder / name).write_bytes(data)


def assert_is_the_small_release(data: Cifar10Arrays) -> None:
    expected = np.concatenate([rows(3, 1), rows(2, 2)]).reshape(5, 3, 32, 32)
    assert np.array_equal(data.train_images, expected)
    assert data.train_labels.tolist() == [3, 9, 0, 1, 1]
    assert np.array_equal(data.test_images, rows(2, 3).reshape(2, 3, 32, 32))
    assert data.test_labels.tolist() == [7, 8]
    assert data.train_labels.dtype == data.test_labels.dtype == np.int64


# ---- the official batches: parsing


@pytest.mark.parametrize("write", [python2_batch, python3_batch])
def test_a_batch_is_planes_of_red_green_and_blue_with_labels(write: object) -> None:
    assert callable(write)
    images, labels = parse_batch(write(rows(4, 0), [0, 9, 5, 5]), "batch")
    assert images.dtype == np.uint8
    assert images.shape == (4, 3, 32, 32)
    # Byte 1024 c + 32 row + column of a row of the file.
    assert images[2, 1, 3, 4] == rows(4, 0)[2, 1024 + 3 * 32 + 4]
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 9, 5, 5]


class Malice:
    """Unpickled without care, this writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_that_would_run_something_is_refused_and_not_run(
    tmp_path: Path, protocol: int
) -> None:
    data = pickle.dumps({b"data": Malice(tmp_path / "planted"), b"labels": []}, protocol)
    with pytest.raises(ValueError, match=r"evil is no batch of CIFAR-10: .*mkdir is refused"):
        parse_batch(data, "evil")
    assert not list(tmp_path.iterdir())
    with pytest.raises(KeyError):
        pickle.loads(data)["the pickle does run when nobody refuses"]
    assert (tmp_path / "planted").is_dir()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a pickle",
        python2_batch(rows(2, 0), [0, 1])[:-100],
        pickle.dumps([1, 2], 2),
        pickle.dumps({b"data": b"x"}, 2),
        python3_batch(rows(2, 0), [0]),
        python3_batch(rows(2, 0), [0, 10]),
        python3_batch(rows(2, 0), [0, -1]),
        python3_batch(rows(2, 0)[:, :-1], [0, 1]),
        python3_batch(rows(2, 0).astype(np.float64), [0, 1]),
        python3_batch(np.array([{}, {}], object), [0, 1]),
        python3_batch("text", [0, 1]),
    ],
    ids=str.split(
        "empty text cut list keys short label-10 label-negative columns floats objects string"
    ),
)
def test_what_is_not_a_batch_is_one_line_that_names_it(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"^some/file (is no batch|must hold rows)") as caught:
        parse_batch(data, "some/file")
    assert "\n" not in str(caught.value)


# ---- the official batches: files


@pytest.mark.parametrize("below", [".", FOLDER])
def test_batches_are_found_in_the_folder_or_below_it(tmp_path: Path, below: str) -> None:
    release, contents = small_release()
    put(tmp_path / below, contents)
    assert_is_the_small_release(load(tmp_path, release=release))


def test_a_changed_byte_is_found_before_anything_is_unpickled(tmp_path: Path) -> None:
    release, contents = small_release()
    planted = pickle.dumps(Malice(tmp_path / "planted"), 2)
    put(tmp_path, {**contents, "data_batch_2": planted})
    expected = md5(contents["data_batch_2"])
    message = f"{tmp_path / 'data_batch_2'} has MD5 checksum {md5(planted)}, expected {expected}: "
    with pytest.raises(ValueError, match="^" + message) as caught:
        load(tmp_path, release=release)
    assert "\n" not in str(caught.value)
    assert "download=True" in str(caught.value)


def test_a_missing_batch_is_named(tmp_path: Path) -> None:
    release, contents = small_release()
    del contents["test_batch"]
    put(tmp_path, contents)
    with pytest.raises(FileNotFoundError, match=f"^{tmp_path / 'test_batch'} is missing: "):
        load(tmp_path, release=release)


def test_files_with_official_names_must_have_official_checksums(tmp_path: Path) -> None:
    put(tmp_path, small_release()[1])
    with pytest.raises(ValueError, match="expected c99cafc152244af753f735de768cd75f"):
        load(tmp_path)


def test_the_official_release_is_five_batches_and_a_test_batch() -> None:
    assert [name for name, _ in OFFICIAL.train_md5s] == [f"data_batch_{i}" for i in range(1, 6)]
    assert [name for name, _ in OFFICIAL.test_md5s] == ["test_batch"]
    checksums = [digest for _, digest in OFFICIAL.train_md5s + OFFICIAL.test_md5s]
    assert len({*checksums, OFFICIAL.archive_md5}) == 7
    assert all(len(digest) == 32 for digest in checksums)


# ---- images by class


def put_image(path: Path, colour: tuple[int, int, int], *, at: tuple[int, int] = (0, 0)) -> None:
    """A black image with one pixel, at (column, row)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", (32, 32))
    image.putpixel(at, colour)
    image.save(path)


def put_images(folder: Path, classes: tuple[str, ...] = ("cat", "bird")) -> None:
    """In every class two images for training and one for testing, all different."""
    for number, name in enumerate(classes):
        put_image(folder / "train" / name / "0001.png", (1, 2, number), at=(5, 7))
        put_image(folder / "train" / name / "0000.png", (3, 4, number))
        put_image(folder / "test" / name / "0000.png", (5, 6, number))


def test_images_are_numbered_by_class_and_file_name(tmp_path: Path) -> None:
    put_images(tmp_path)
    data = load(tmp_path)
    assert data.train_labels.tolist() == [0, 0, 1, 1]  # bird before cat
    assert data.train_images.dtype == np.uint8
    assert data.train_images.shape == (4, 3, 32, 32)
    assert data.train_images[0, :, 0, 0].tolist() == [3, 4, 1]
    assert data.train_images[3, :, 7, 5].tolist() == [1, 2, 0]
    assert data.train_images.astype(int).sum() == 2 * (1 + 2 + 3 + 4) + 2
    assert data.test_labels.tolist() == [0, 1]
    assert data.test_images[1, :, 0, 0].tolist() == [5, 6, 0]
    assert data.train_labels.dtype == data.test_labels.dtype == np.int64


def test_the_official_names_get_the_official_labels(tmp_path: Path) -> None:
    put_images(tmp_path, CLASSES[::-1])
    data = load(tmp_path)
    # The last channel holds the place in the reversed order.
    assert data.test_images[:, 2, 0, 0].tolist() == list(range(9, -1, -1))
    assert data.test_labels.tolist() == list(range(10))


def test_jpeg_is_read_and_other_files_are_told(tmp_path: Path) -> None:
    put_images(tmp_path)
    Image.new("RGB", (32, 32), (200, 10, 10)).save(tmp_path / "train" / "cat" / "9.JPG")
    (tmp_path / "train" / "cat" / "notes.txt").write_text("no image")
    (tmp_path / "train" / ".hidden").mkdir()
    (tmp_path / "test" / "README").write_text("no class")
    with pytest.warns(UserWarning, match=r"1 files are no images .* such as train/cat/notes.txt"):
        data = load(tmp_path)
    assert len(data.train_images) == 5
    assert np.abs(data.train_images[4, :, 9, 9].astype(int) - (200, 10, 10)).max() < 10


def assert_equal_data(first: Cifar10Arrays, second: Cifar10Arrays) -> None:
    for name in ("train_images", "train_labels", "test_images", "test_labels"):
        assert np.array_equal(getattr(first, name), getattr(second, name))
        assert getattr(first, name).dtype == getattr(second, name).dtype


def test_images_are_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_images(tmp_path)
    first = load(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".decoded.npz", "test", "train"]
    monkeypatch.setattr(Image, "open", None)
    assert_equal_data(load(tmp_path), first)


@pytest.mark.parametrize("change", ["added", "removed", "renamed", "repainted"])
def test_a_changed_folder_is_decoded_again(tmp_path: Path, change: str) -> None:
    put_images(tmp_path)
    before, path = load(tmp_path), tmp_path / "train" / "cat" / "0001.png"
    if change == "added":
        put_image(path.with_name("0002.png"), (9, 9, 9))
    elif change == "removed":
        path.unlink()
    elif change == "renamed":
        path.rename(path.with_name("0.png"))
    else:
        put_image(path, (250, 251, 252))
    os.utime(path.parent, ns=(0, 0))
    after = load(tmp_path)
    assert not np.array_equal(before.train_images, after.train_images)
    (tmp_path / ".decoded.npz").unlink()
    assert_equal_data(load(tmp_path), after)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"rubbish", None])
def test_a_broken_cache_is_replaced(tmp_path: Path, content: bytes | None) -> None:
    put_images(tmp_path)
    first, cache = load(tmp_path), tmp_path / ".decoded.npz"
    whole = cache.read_bytes()
    cache.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert_equal_data(load(tmp_path), first)
    assert len(cache.read_bytes()) == len(whole)


def test_a_folder_that_cannot_be_written_to_is_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError("no space left on device")

    put_images(tmp_path)
    monkeypatch.setattr(Path, "replace", full)
    assert len(load(tmp_path).train_images) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["test", "train"]


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (Image.new("RGB", (31, 32)), "is an image 31x32 RGB, must be 32x32 RGB"),
        (Image.new("L", (32, 32)), "is an image 32x32 L, must be 32x32 RGB"),
        (None, "cannot be read as an image"),
    ],
)
def test_an_image_that_does_not_fit_is_named(
    tmp_path: Path, image: Image.Image | None, message: str
) -> None:
    put_images(tmp_path)
    path = tmp_path / "train" / "cat" / "0001.png"
    path.write_bytes(path.read_bytes()[:60])
    if image is not None:
        image.save(path)
    with pytest.raises(ValueError, match=f"^{path} {message}") as caught:
        load(tmp_path)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / ".decoded.npz").exists()


def test_classes_must_be_the_same_ones_and_have_images(tmp_path: Path) -> None:
    put_images(tmp_path)
    (tmp_path / "test" / "dog").mkdir()
    with pytest.raises(ValueError, match=f"^{tmp_path / 'test' / 'dog'} holds no image"):
        load(tmp_path)
    put_image(tmp_path / "test" / "dog" / "0.png", (1, 1, 1))
    with pytest.raises(
        ValueError, match=f"^{tmp_path}: test and train must .* only test holds dog"
    ):
        load(tmp_path)


def test_decoding_tells_how_far_it_is(tmp_path: Path) -> None:
    class Told(list):
        def __call__(self, done, total, text):
            self.append((done, total, text))

    put_images(tmp_path)
    told = Told()
    count = len(load(tmp_path, progress=told).train_labels)
    assert told[:count] == [(done, count, "decoding images") for done in range(count)]


# ---- nothing there, and the download


def test_an_empty_folder_is_one_line_with_the_three_ways(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(FileNotFoundError) as caught:
            load(folder)
        message = str(caught.value)
        assert "\n" not in message
        assert message.startswith(f"{folder} holds no CIFAR-10")
        assert all(way in message for way in (FOLDER, "train/<class>/", "download=True"))
    assert not (tmp_path / "absent").exists()


def archive_of(contents: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Release]:
    """The small release on a loopback server, out of tmp_path / "served"."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    release, contents = small_release()
    archive = archive_of({f"{FOLDER}/{name}": data for name, data in contents.items()})
    put(tmp_path / "served", {"archive.tar.gz": archive})
    handler = partial(Quiet, directory=str(tmp_path / "served"))
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/archive.tar.gz"
        yield replace(release, url=url, archive_md5=md5(archive))
        server.shutdown()
        thread.join()


def test_a_download_is_unpacked_and_then_found_without_one(tmp_path: Path, served: Release) -> None:
    folder = tmp_path / "new" / "data"
    assert_is_the_small_release(load(folder, download=True, release=served))
    assert [path.name for path in folder.iterdir()] == [FOLDER]
    assert_is_the_small_release(load(folder, release=replace(served, url="http://127.0.0.1:9/")))


def test_what_is_there_is_not_downloaded(tmp_path: Path) -> None:
    release, contents = small_release()
    put(tmp_path, contents)
    assert_is_the_small_release(load(tmp_path, download=True, release=release))


def test_a_download_with_another_checksum_leaves_nothing_behind(
    tmp_path: Path, served: Release
) -> None:
    found, expected = served.archive_md5, "1" * 32
    message = f"^{served.url} has MD5 checksum {found}, expected {expected}: load again"
    with pytest.raises(ValueError, match=message):
        load(tmp_path / "new", download=True, release=replace(served, archive_md5=expected))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("member", ["../escaped", f"{FOLDER}-other/data_batch_1"])
def test_an_archive_that_leaves_its_folder_or_lacks_it_is_refused(
    tmp_path: Path, served: Release, member: str
) -> None:
    archive = archive_of({member: b"x"})
    put(tmp_path / "served", {"archive.tar.gz": archive})
    with pytest.raises(ValueError, match=f"^{served.url} cannot be unpacked"):
        load(tmp_path / "new", download=True, release=replace(served, archive_md5=md5(archive)))
    assert not list((tmp_path / "new").iterdir())
    assert not list(tmp_path.rglob("escaped"))


def test_a_url_that_does_not_answer_is_named(tmp_path: Path, served: Release) -> None:
    absent = urlsplit(served.url)._replace(path="/absent").geturl()
    with pytest.raises(OSError, match=f"^{absent} cannot be fetched: .*404") as caught:
        load(tmp_path, download=True, release=replace(served, url=absent))
    assert "\n" not in str(caught.value)


def test_a_download_that_another_process_has_finished_meanwhile_is_used(
    tmp_path: Path, served: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = cifar10_files._verify

    def verify_while_another_unpacks(data: bytes, expected: str, name: str, remedy: str) -> None:
        if name == served.url:
            put(tmp_path / "new" / FOLDER, small_release()[1])
        verify(data, expected, name, remedy)

    monkeypatch.setattr(cifar10_files, "_verify", verify_while_another_unpacks)
    assert_is_the_small_release(load(tmp_path / "new", download=True, release=served))
    assert [path.name for path in (tmp_path / "new").iterdir()] == [FOLDER]
