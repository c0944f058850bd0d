"""The production: a storyboard for a music video, written by the trained models."""

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from pipeline.learners import NextWordModel, PairRanker
from pipeline.words import GROUPS

_CANDIDATES = 12
_VEO_MODEL = "veo-3"


@dataclass(frozen=True)
class Storyboard:
    """A screenplay and the prompts for its scenes, as the pipeline's files hold them."""

    screenplay: dict[str, Any]
    prompts: dict[str, Any]


def write_storyboard(
    concepts: NextWordModel, scripts: NextWordModel, taste: PairRanker, day: date
) -> Storyboard | None:
    """Return the storyboard of the night, None while the models cannot finish a sentence.

    Of several drafts of a scene the one is taken that `taste` holds for the best.
    """
    rng = Random(f"storyboard {day}")
    title = f"{rng.choice(GROUPS['mood'])} {rng.choice(GROUPS['place'])}".title()
    durations = _durations(rng.randrange(120, 241, 10), rng)
    scenes, prompts = [], []
    for number, seconds in enumerate(durations, start=1):
        concept = _best_draft(concepts, "mood", taste, rng)
        script = _best_draft(scripts, "figure", taste, rng)
        if concept is None or script is None:
            return None
        scenes.append(_scene(number, seconds, concept, script))
        prompt = {"scene": number, "duration": seconds, "veo_prompt": _prompt(concept)}
        prompts.append(prompt)
    return Storyboard(
        screenplay={
            "music_title": title,
            "music_duration_seconds": sum(durations),
            "screenplay": scenes,
        },
        prompts={"music_title": title, "model": _VEO_MODEL, "prompts": prompts},
    )


def _durations(total: int, rng: Random) -> list[int]:
    """Return lengths of scenes, in seconds, that add up to the music."""
    durations: list[int] = []
    while (left := total - sum(durations)) > 45:
        durations.append(rng.choice((15, 20, 25, 30)))
    return [*durations, left]


def _best_draft(
    model: NextWordModel, group: str, taste: PairRanker, rng: Random
) -> list[str] | None:
    drafts = [model.write(rng.choice(GROUPS[group]), 6, rng) for _ in range(_CANDIDATES)]
    finished = [draft for draft in drafts if len(draft) == 6]
    return max(finished, key=taste.value, default=None)


def _scene(number: int, seconds: int, concept: list[str], script: list[str]) -> dict[str, Any]:
    mood, place, figure, action, light, camera = concept
    who, does, where, glow, sound, feeling = script
    return {
        "scene_number": number,
        "duration_seconds": seconds,
        "concept_description": f"A {mood} {place} where the {figure} {action}.",
        "screenplay_text": (
            f"The {who} {does} in the {where}. {glow.capitalize()} light. "
            f"The {sound} comes in, {feeling}."
        ),
        "visual_elements": [f"{light} light", f"{camera} shot", figure, place],
        "mood": mood,
    }


def _prompt(concept: list[str]) -> str:
    mood, place, figure, action, light, camera = concept
    return f"{camera} shot of a {figure} who {action} in a {mood} {place}, {light} light"
