"""The secret key: from the environment, else made once and kept in DATA_DIR."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key


def secret_key(data_dir: Path) -> str:
    """Return the key in `data_dir/secret_key`, making it on the first call.

    Several processes may start at once: the file is linked into place, so all of
    them read the key of the first.

    Raises:
        ImproperlyConfigured: the folder or the file cannot be written or read.
    """
    path = data_dir / "secret_key"
    try:
        if not path.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            draft = data_dir / f".secret_key.{os.getpid()}"
            with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as out:
                out.write(get_random_secret_key())
            try:
                path.hardlink_to(draft)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        key = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"DATA_DIR: cannot use {data_dir} ({error.strerror})") from None
    if len(key) < 32:
        raise ImproperlyConfigured(f"{path} holds no key; delete it and a new one is made")
    return key
