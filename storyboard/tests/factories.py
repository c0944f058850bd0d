"""Storyboards for tests, made through the services; every argument has a default."""

import io
from typing import Any

from PIL import Image

from storyboard import services
from storyboard.models import Project, Scene


def make_project(name: str = "Night Drive", *, scenes: int = 0, **fields: Any) -> Project:
    """A project with so many scenes, A, B, C and on, the n-th n seconds long."""
    return services.create_project(
        fields={"name": name} | fields,
        scenes=[
            {"title": chr(ord("A") + place), "duration_seconds": place + 1.0}
            for place in range(scenes)
        ],
    )


def titles(project: Project) -> str:
    """The titles of a project's scenes in order, checking that the numbers are 1 to n."""
    rows = list(Scene.objects.alive().of_project(project.pk).in_order())
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    return "".join(row.title for row in rows)


def scene_ids(project: Project) -> list[int]:
    return list(
        Scene.objects.alive().of_project(project.pk).in_order().values_list("pk", flat=True)
    )


def picture(format: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB") -> bytes:
    """A picture as somebody would upload it."""
    buffer = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else None).save(buffer, format)
    return buffer.getvalue()
