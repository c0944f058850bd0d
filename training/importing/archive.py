"""Every version of every file, compressed, by the hash of its content."""

import gzip
import hashlib
import os
import tempfile
from pathlib import Path

from django.conf import settings

from common.errors import NotFoundError


def keep(data: bytes, sha256: str) -> None:
    """Store a version; one that is there already is left alone.

    It is written beside its place and renamed, so a version is there as a whole or
    not at all, and it is there before the rows that came from it.
    """
    place = _place(sha256)
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            # No time in the header: the same content gives the same file.
            stream.write(gzip.compress(data, compresslevel=6, mtime=0))
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def fetch(sha256: str) -> bytes:
    """Return a stored version.

    Raises:
        NotFoundError: it is missing or damaged.
    """
    try:
        data = gzip.decompress(_place(sha256).read_bytes())
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        raise NotFoundError(f"The archive has no version {sha256}: {error}.") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise NotFoundError(f"The version {sha256} in the archive is damaged.")
    return data


def _place(sha256: str) -> Path:
    return Path(settings.ARCHIVE_DIR) / sha256[:2] / f"{sha256}.gz"
