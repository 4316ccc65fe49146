"""CIFAR-10 from files: the official batches, images by class, or a verified download."""

from __future__ import annotations

import codecs
import hashlib
import io
import pickle
import tarfile
import tempfile
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, final
from urllib.error import HTTPError

import numpy as np

from empirical.problems.datasets.archive import unpack_folder
from empirical.problems.datasets.image_folder import load_images
from empirical.progress import Progress, tracked

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""What labels 0 to 9 mean: the official order, which is alphabetical."""

_BATCHES = "cifar-10-batches-py"
_CHUNK = 1 << 18  # bytes
_RECONSTRUCT = np.empty(0).__reduce__()[0]


@final
@dataclass(frozen=True, eq=False)
class Cifar10Arrays:
    """Labelled images for training and for testing: 50,000 and 10,000 in the whole data set.

    Shapes:
        images uint8 (n, 3, 32, 32), the channels red, green, blue; labels int64 (n,), in [0, 10).
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


@final
@dataclass(frozen=True)
class Release:
    """Where the archive of batches lies, and the MD5 checksums (hexadecimal) of it and its files.

    Attributes:
        url: of a gzipped tar file that holds a folder cifar-10-batches-py.
        archive_md5: its checksum.
        train_md5s, test_md5s: pairs of file name and checksum, in the order of the images.
    """

    url: str
    archive_md5: str
    train_md5s: tuple[tuple[str, str], ...]
    test_md5s: tuple[tuple[str, str], ...]


OFFICIAL = Release(
    url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    archive_md5="c58f30108f718f92721af3b95e74349a",
    train_md5s=(
        ("data_batch_1", "c99cafc152244af753f735de768cd75f"),
        ("data_batch_2", "d4bba439e000b95fd0a9bffe97cbabec"),
        ("data_batch_3", "54ebc095f3ab1f0389bbae665268c751"),
        ("data_batch_4", "634d18415352ddfa80567beed471001a"),
        ("data_batch_5", "482c414d41f54cd18b22e5b47cb7c3cb"),
    ),
    test_md5s=(("test_batch", "40351d587109b95175f43aff81a1287e"),),
)


def load(
    folder: Path,
    *,
    download: bool = False,
    progress: Progress | None = None,
    release: Release = OFFICIAL,
) -> Cifar10Arrays:
    """The data set in a folder, in the first of these forms that is there.

    1. The official batches, in the folder or in cifar-10-batches-py below it. Checksums are
       verified before anything is read.
    2. Images by class, 32x32 RGB, below train/<class>/ and test/<class>/; classes are numbered by
       name. Decoded once, then kept in .decoded.npz beside them until a file is added, removed or
       changed. JPEG images are other pixels than the official ones. What is no image is left out,
       with a warning.
    3. The official archive, if download is true: verified, then unpacked into the folder.

    Args:
        folder: of the data set; made if need be, by a download only.
        download: whether to fetch what is not there.
        progress: receives how far decoding or the download has come.
        release: what is official.

    Raises:
        FileNotFoundError: nothing of this is there, or one of the batches is missing.
        ValueError: a file is not what it should be; the message names it.
        OSError: the archive cannot be fetched.
    """
    for batches in (folder / _BATCHES, folder):
        if any((batches / name).is_file() for name, _ in release.train_md5s + release.test_md5s):
            return _from_batches(batches, release)
    if (folder / "train").is_dir() and (folder / "test").is_dir():
        return Cifar10Arrays(*load_images(folder, len(CLASSES), progress))
    if not download:
        raise FileNotFoundError(
            f"{folder} holds no CIFAR-10: unpack {_BATCHES} there, or put images under "
            "train/<class>/ and test/<class>/, or load with download=True"
        )
    _download(folder, release, progress)
    return _from_batches(folder / _BATCHES, release)


def parse_batch(data: bytes, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 3, 32, 32) and labels (n,) of one official batch, whatever the bytes are.

    Nothing but arrays of bytes is unpickled: a pickle that asks for more is refused, not run.

    Args:
        data: the file's content.
        name: of the file, for messages.

    Raises:
        ValueError: the bytes are not a batch.
    """
    try:
        batch = _BatchUnpickler(io.BytesIO(data), encoding="bytes").load()
        images, labels = batch[b"data"], np.asarray(batch[b"labels"])
        fits = images.dtype == np.uint8 and images.shape == (len(labels), 3 * 32 * 32)
        fits = fits and labels.ndim == 1 and set(labels.tolist()) <= set(range(len(CLASSES)))
    except Exception as error:  # a broken pickle may raise anything
        raise ValueError(f"{name} is no batch of CIFAR-10: {error!r}") from error
    if not fits:
        raise ValueError(f"{name} must hold rows of 3072 bytes, each with a label from 0 to 9")
    return images.reshape(-1, 3, 32, 32), labels.astype(np.int64)


def _unsigned_byte(kind: bytes | str, *_: object) -> np.dtype[np.uint8]:
    if kind not in (b"u1", "u1"):
        raise pickle.UnpicklingError(f"array of type {kind!r} in place of unsigned bytes")
    return np.dtype(np.uint8, copy=True)  # unpickling may write to it


# All that the pickles of arrays name, under old and new names of numpy's modules. The dtype is made
# here, as numpy objects to the integers that Python 2 passed for booleans.
_KNOWN: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): _unsigned_byte,
    ("_codecs", "encode"): codecs.encode,
}


class _BatchUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str) -> Any:
        if (module_name, global_name) not in _KNOWN:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is refused")
        return _KNOWN[module_name, global_name]


def _from_batches(folder: Path, release: Release) -> Cifar10Arrays:
    train = [_read_batch(folder / name, md5) for name, md5 in release.train_md5s]
    test = [_read_batch(folder / name, md5) for name, md5 in release.test_md5s]
    arrays = (*zip(*train, strict=True), *zip(*test, strict=True))
    return Cifar10Arrays(*(np.concatenate(array) for array in arrays))


def _read_batch(path: Path, md5: str) -> tuple[np.ndarray, np.ndarray]:
    again = f"delete {path.parent} and load with download=True, or unpack the archive again"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: {again}")
    data = path.read_bytes()
    _verify(data, md5, str(path), again)
    return parse_batch(data, str(path))


def _verify(data: bytes, expected: str, name: str, remedy: str) -> None:
    found = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if found != expected:
        raise ValueError(f"{name} has MD5 checksum {found}, expected {expected}: {remedy}")


def _download(folder: Path, release: Release, progress: Progress | None) -> None:
    data = _fetch(release.url, progress)
    _verify(data, release.archive_md5, release.url, "load again; the transfer may have been cut")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as temporary:
        try:
            unpack_folder(data, _BATCHES, Path(temporary))
            (Path(temporary) / _BATCHES).replace(folder / _BATCHES)
        except (tarfile.TarError, OSError) as error:
            # Another process may have put the folder there meanwhile; its files are verified next.
            if not (folder / _BATCHES).is_dir():
                raise ValueError(f"{release.url} cannot be unpacked: {error}") from error


def _fetch(url: str, progress: Progress | None) -> bytes:
    content = io.BytesIO()
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            total = -(-int(response.headers.get("Content-Length", 0)) // _CHUNK) or None
            chunks = iter(lambda: response.read(_CHUNK), b"")
            content.writelines(tracked(chunks, total, "downloading", progress))
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()
        raise OSError(f"{url} cannot be fetched: {error}; unpack a copy there by hand") from error
    return content.getvalue()
