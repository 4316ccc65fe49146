"""Tar archives of one folder of plain files, unpacked so that nothing is written elsewhere."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path, PurePosixPath


def unpack_folder(data: bytes, name: str, into: Path) -> None:
    """Writes the plain files of an archive's one folder into a folder of that name.

    By hand, since TarFile.extractall refuses dangerous members from Python 3.11.4 on only.

    Args:
        data: the archive, compressed or not.
        name: the folder within it.
        into: the folder that is to hold it.

    Raises:
        tarfile.TarError: a member is no plain file of that folder; nothing of it is written.
    """
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        (into / name).mkdir()
        for member in archive:
            path = PurePosixPath(member.name)
            if member.isdir() and path == PurePosixPath(name):
                continue
            content = archive.extractfile(member) if member.isfile() else None
            if content is None or path.parent != PurePosixPath(name) or path.name == "..":
                raise tarfile.TarError(f"{member.name} is no plain file of {name}")
            (into / name / path.name).write_bytes(content.read())
