import io
import tarfile

import pytest

from empirical.problems.datasets.archive import unpack_folder


def archive_of(*members):
    """A tar file of members, each a name with the content of a file, or with another type."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if isinstance(content, str):
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content.encode()))
            else:
                member.type, member.linkname = content, "/etc/passwd"
                archive.addfile(member)
    return buffer.getvalue()


def test_a_folder_of_plain_files_is_unpacked(tmp_path):
    members = (("own", tarfile.DIRTYPE), ("own/a", "1"), ("own/b", "22"))
    unpack_folder(archive_of(*members), "own", tmp_path)
    assert {path.name: path.read_bytes() for path in (tmp_path / "own").iterdir()} == {
        "a": b"1",
        "b": b"22",
    }


@pytest.mark.parametrize(
    "member",
    [
        ("/absolute", "x"),
        ("own/../../escaped", "x"),
        ("own/..", "x"),
        ("own/inner/a", "x"),
        ("own/link", tarfile.SYMTYPE),
        ("own/link", tarfile.LNKTYPE),
        ("own/device", tarfile.CHRTYPE),
        ("own/pipe", tarfile.FIFOTYPE),
    ],
    ids=repr,
)
def test_what_is_no_plain_file_of_it_is_refused(tmp_path, member):
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises((tarfile.TarError, KeyError)):
        unpack_folder(archive_of(member), "own", inside)
    assert [path.name for path in tmp_path.rglob("*")] == ["inside", "own"]
