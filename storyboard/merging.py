"""Bringing together what several files say and what a person changed since.

Each scene and project keeps, per kind of file, what the file said last
(`sources`). A column that still has the value of the files follows them; one that
a person edited stays as it is.
"""

from collections.abc import Mapping
from typing import Any

from storyboard.documents import SCENE_KEYS
from storyboard.models import Project, Scene
from storyboard.pipeline_files import CONCEPT, RUNWAY, SCREENPLAY, VEO

Sources = Mapping[str, Mapping[str, Any]]

# From the last step of the pipeline to the first: a later step knows more.
_PRECEDENCE = (VEO, RUNWAY, SCREENPLAY, CONCEPT)


def merged(sources: Sources) -> dict[str, Any]:
    """Return {column: value}, each from the last step of the pipeline that gives it.

    What a later step does not know stays as an earlier one says it; so does the session.
    """
    fields: dict[str, Any] = {}
    for kind in reversed(_PRECEDENCE):
        said = sources.get(kind, {})
        fields |= {column: value for column, value in said.items() if value is not None}
    return fields


def take(row: Project | Scene, kind: str, fields: Mapping[str, Any] | None) -> None:
    """Set on a row what a file of this kind says now; None: it does not name the row any more."""
    sources = {name: said for name, said in row.sources.items() if name != kind}
    if fields is not None:
        sources[kind] = dict(fields)
    before, after = merged(row.sources), merged(sources)
    blank = type(row)()
    for column in before | after:
        default = getattr(blank, column)
        if getattr(row, column) == before.get(column, default):
            setattr(row, column, after.get(column, default))
    row.sources = sources


def is_untouched(scene: Scene) -> bool:
    """Return whether a scene says nothing beyond what the files say."""
    blank, said = Scene(), merged(scene.sources)
    return all(
        getattr(scene, column) == said.get(column, getattr(blank, column))
        for column in SCENE_KEYS.values()
        if column not in {"source_number", "sources"}
    )
