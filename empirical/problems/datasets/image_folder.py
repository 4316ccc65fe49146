"""Labelled images from folders: train/<class>/ and test/<class>/, decoded once and then kept."""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from empirical.progress import Progress, tracked

_CACHE = ".decoded.npz"
_ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")

_SUFFIXES = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "JPEG"),
    **dict.fromkeys((".tif", ".tiff"), "TIFF"),
    **{".png": "PNG", ".webp": "WEBP", ".bmp": "BMP", ".ppm": "PPM"},
}
"""The format of an image file, by its suffix in lower case."""

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def load_images(folder: Path, most_classes: int, progress: Progress | None = None) -> Arrays:
    """Returns the images below train/<class>/ and test/<class>/, 32x32 RGB, with their labels.

    Classes are numbered by name; names that differ in their Unicode form only are one. Folders
    below a class are read as well. Hidden files count for nothing; a warning says how many other
    files are no images.

    Args:
        folder: holds train and test.
        most_classes: the number of classes that there may be.
        progress: receives how far decoding has come.

    Returns:
        Training images uint8 (n, 3, 32, 32) and labels int64 (n,), test images and labels.

    Raises:
        ValueError: the classes are too many or not the same in both, one is empty or there twice,
            or a file is no image of this kind; the message names it.
    """
    train, test = (_files_by_class(folder / split) for split in ("train", "test"))
    _check_classes(folder, train, test, most_classes)
    files = [path for split in (train, test) for paths in split.values() for path in paths]
    images = [path for path in files if _is_image(path)]
    _warn_of_others(folder, [path for path in files if not _is_image(path)])
    digest = _digest(folder, images)
    if (cached := _read_cache(folder / _CACHE, digest)) is not None:
        return cached
    decoded = (*_decode_all(train, progress), *_decode_all(test, progress))
    _write_cache(folder / _CACHE, digest, decoded)
    return decoded


def _files_by_class(folder: Path) -> dict[str, list[Path]]:
    """Returns all files of every class that are not hidden, images or not, by the class's name."""
    found: dict[str, list[Path]] = {}
    named: dict[str, str] = {}
    for path in sorted(path for path in folder.glob("[!.]*") if path.is_dir()):
        # One system writes é as a letter, another as e and an accent.
        name = unicodedata.normalize("NFC", path.name)
        if name in named:
            twice = f"{named[name]!a} and {path.name!a}"
            raise ValueError(f"{folder} holds one class under two names, {twice}; join them")
        named[name] = path.name
        found[name] = sorted(f for f in path.rglob("*") if f.is_file() and not _hidden(f, path))
        if not any(map(_is_image, found[name])):
            raise ValueError(f"{path} holds no image: add some, or delete the folder")
    return dict(sorted(found.items()))


def _hidden(path: Path, below: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(below).parts)


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES


def _check_classes(
    folder: Path, train: Mapping[str, object], test: Mapping[str, object], most: int
) -> None:
    for name, ours, others in (("train", train, test), ("test", test, train)):
        alone = [ascii(item)[1:-1] for item in ours if item not in others]
        if alone:
            other = "test" if name == "train" else "train"
            raise ValueError(
                f"{folder}: {name} and {other} must hold the same classes, and only {name} holds "
                f"{', '.join(alone)}"
            )
    if not 1 <= len(train) <= most:
        names = f" ({', '.join(train)})" if train else ""
        raise ValueError(f"{folder} must hold 1 to {most} classes, not {len(train)}{names}")


def _warn_of_others(folder: Path, others: Sequence[Path]) -> None:
    if others:
        some = ", ".join(str(path.relative_to(folder)) for path in others[:3])
        known = ", ".join(_SUFFIXES)
        warnings.warn(
            f"{folder}: {len(others)} files are no images by their names ({known}) and are left "
            f"out, such as {some}",
            stacklevel=4,
        )


def _digest(folder: Path, paths: Iterable[Path]) -> str:
    known = [
        (path.relative_to(folder).parts, path.stat().st_size, path.stat().st_mtime_ns)
        for path in paths
    ]
    return hashlib.sha256(repr(known).encode()).hexdigest()


def _read_cache(path: Path, digest: str) -> Arrays | None:
    try:
        with path.open("rb") as file, np.load(file) as stored:
            if str(stored["digest"]) != digest:
                return None
            first, second, third, fourth = (stored[name] for name in _ARRAYS)
            return first, second, third, fourth
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
        return None


def _write_cache(path: Path, digest: str, arrays: Arrays) -> None:
    temporary = path.with_name(f".{uuid.uuid4().hex}.npz")
    with suppress(OSError):  # a folder that cannot be written to costs time, not correctness
        try:
            named = dict(zip(_ARRAYS, arrays, strict=True), digest=np.asarray(digest))
            np.savez(temporary, **named)  # type: ignore[arg-type]  # takes its arrays by name
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _decode_all(
    files: Mapping[str, Sequence[Path]], progress: Progress | None
) -> tuple[np.ndarray, np.ndarray]:
    images = {name: [path for path in paths if _is_image(path)] for name, paths in files.items()}
    paths = [path for several in images.values() for path in several]
    labels = np.repeat(np.arange(len(images)), [len(several) for several in images.values()])
    pixels = np.empty((len(paths), 3, 32, 32), np.uint8)
    taken = tracked(paths, len(paths), "decoding images", progress)
    for image, path in zip(pixels, taken, strict=True):
        image[:] = _decode(path)
    return pixels, labels.astype(np.int64)


def _decode(path: Path) -> np.ndarray:
    from PIL import Image  # here, so that nobody else waits for it

    try:
        # Files are often named after another format than the one they are in.
        with Image.open(path, formats=tuple(set(_SUFFIXES.values()))) as image:
            size, mode, pixels = image.size, image.mode, np.asarray(image)
    except Exception as error:  # Pillow raises whatever its decoders raise
        raise ValueError(f"{path} cannot be read as an image: {error!r}") from error
    if size != (32, 32) or mode != "RGB":
        raise ValueError(f"{path} is an image {size[0]}x{size[1]} {mode}, must be 32x32 RGB")
    return pixels.transpose(2, 0, 1)
