"""ETag and If-Match: a project's tag is the version its newest revision gave it."""

import hashlib
from collections.abc import Sequence

from django.utils.http import parse_etags
from rest_framework.request import Request

from storyboard.hints import Hint
from storyboard.models import Project


def etag(project: Project, *, warnings: Sequence[Hint] = ()) -> str:
    """Return the tag of a project as it is.

    What the warnings say may change without the project: they are behind the version.
    """
    if not warnings:
        return f'"{project.version}"'
    told = "\n".join(f"{hint.code} {hint.scene_id} {hint.message}" for hint in warnings)
    return f'"{project.version}-{hashlib.blake2b(told.encode(), digest_size=6).hexdigest()}"'


def expected_versions(request: Request) -> set[int] | None:
    """Return the versions that If-Match allows to change; None if any may be.

    A weak tag counts like a strong one: compressing the answer makes the tag of the
    very same project weak on its way to the caller.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    tags = (tag.removeprefix("W/").strip('"').partition("-")[0] for tag in parse_etags(header))
    return {int(tag) for tag in tags if tag.isascii() and tag.isdigit() and len(tag) < 10}
