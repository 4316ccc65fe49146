"""Image folders as people keep them: other formats, folders below classes, odd names."""

import shutil

import numpy as np
import pytest
from PIL import Image

from empirical.problems.datasets.image_folder import load_images

COLOUR = (200, 10, 10)


def put(path, colour=COLOUR, size=(32, 32), mode="RGB", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)


@pytest.fixture
def folder(tmp_path):
    for split in ("train", "test"):
        for name in ("cat", "dog"):
            put(tmp_path / split / name / "0.png")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("1.webp", {"lossless": True}),
        ("1.bmp", {}),
        ("1.ppm", {}),
        ("1.tiff", {}),
        ("1.jpe", {"format": "JPEG", "quality": 95}),
        ("1.PNG", {}),
        ("1.jpg", {"format": "PNG"}),  # named after another format than its own
        ("deeper/still/1.png", {}),
    ],
)
def test_images_of_every_kind_are_read(folder, name, options):
    put(folder / "train" / "cat" / name, **options)
    images, labels, *_ = load_images(folder, 10)
    assert labels.tolist() == [0, 0, 1]
    assert np.abs(images.astype(int) - np.reshape(COLOUR, (3, 1, 1))).max() <= 3


def test_names_that_differ_in_their_unicode_form_are_one_class(folder):
    put(folder / "train" / "caf\u00e9" / "0.png")
    put(folder / "test" / "cafe\u0301" / "0.png")
    *_, labels = load_images(folder, 10)
    assert labels.tolist() == [0, 1, 2]
    put(folder / "train" / "cafe\u0301" / "0.png")
    with pytest.raises(ValueError, match=r"two names, 'cafe\\u0301' and 'caf\\xe9'; join them"):
        load_images(folder, 10)


def test_classes_that_are_not_the_same_are_named(folder):
    shutil.move(folder / "test" / "cat", folder / "test" / "Cat")
    with pytest.raises(ValueError, match="and only train holds cat"):
        load_images(folder, 10)


def test_too_many_classes_are_named(folder):
    for index in range(9):
        for split in ("train", "test"):
            put(folder / split / f"x{index}" / "0.png")
    with pytest.raises(ValueError, match=r"1 to 10 classes, not 11 \(cat, dog, x0, "):
        load_images(folder, 10)


def test_what_is_no_image_is_counted_and_hidden_files_are_not(folder):
    for name in ("notes.txt", "raw.heic", ".DS_Store", ".cache/1.png"):
        path = folder / "train" / "dog" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    with pytest.warns(UserWarning, match="2 files are no images"):
        _, labels, *_ = load_images(folder, 10)
    assert labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": (31, 32)}, "is an image 31x32 RGB, must be 32x32 RGB"),
        ({"mode": "L", "colour": 3}, "is an image 32x32 L, must be 32x32 RGB"),
    ],
)
def test_an_image_of_another_kind_is_named(folder, options, message):
    put(folder / "train" / "dog" / "1.png", **options)
    with pytest.raises(ValueError, match=message):
        load_images(folder, 10)


def test_two_images_of_one_name_in_two_folders_are_two(folder):
    """The kept arrays are made anew where one of them changes."""
    put(folder / "train" / "cat" / "a" / "1.png", (1, 1, 1))
    first = load_images(folder, 10)[0]
    put(folder / "train" / "cat" / "b" / "1.png", (2, 2, 2))
    assert len(load_images(folder, 10)[0]) == len(first) + 1
