"""Twenty clients that change one project at the same time."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from rest_framework.test import APIClient

from storyboard import selectors
from storyboard.models import Revision
from storyboard.tests.factories import make_project, scene_ids, titles

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS = 20


def _together(work: Callable[[APIClient, int], int]) -> list[int]:
    """Run `work(client, number)` for every client at once; return what they answered."""

    def run(number: int) -> int:
        try:
            client = APIClient(REMOTE_ADDR="127.0.0.1", HTTP_HOST="127.0.0.1:5000")
            return work(client, number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(run, range(CLIENTS)))


def test_no_scene_is_lost_or_doubled_when_all_reorder_and_append_at_once():
    project = make_project(scenes=8)
    url = f"/api/storyboard/project/{project.pk}/scenes"
    first = scene_ids(project)

    def work(client: APIClient, number: int) -> int:
        if number % 2:
            body = {"scenes": [{"title": chr(ord("a") + number), "duration": 1}]}
            return client.post(url, body).status_code
        order = [scene["id"] for scene in client.get(url).json()["scenes"]]
        random.Random(number).shuffle(order)  # noqa: S311 - a seed, no secret
        return client.post(f"{url}/reorder", {"order": order}).status_code

    answers = _together(work)
    # A reorder that has not seen a new scene is refused, not half done.
    assert set(answers) <= {200, 201, 400}
    assert answers[1::2] == [201] * (CLIENTS // 2)
    new = {chr(ord("a") + number) for number in range(1, CLIENTS, 2)}
    assert sorted(titles(project)) == sorted({*"ABCDEFGH", *new})
    assert set(first) < set(scene_ids(project))


def test_of_all_that_saw_the_same_version_one_may_change_it():
    project = make_project(scenes=1)
    url = f"/api/storyboard/project/{project.pk}"

    def work(client: APIClient, number: int) -> int:
        answer = client.patch(url, {"notes": f"by {number}"}, headers={"If-Match": '"1"'})
        return answer.status_code

    answers = _together(work)
    assert sorted(answers) == [200] + [412] * (CLIENTS - 1)
    winner = answers.index(200)
    board = selectors.board(project_id=project.pk)
    assert (board.project.notes, board.project.version) == (f"by {winner}", 2)


def test_every_change_of_many_is_a_revision_of_its_own():
    project = make_project(scenes=CLIENTS)
    ids = scene_ids(project)

    def work(client: APIClient, number: int) -> int:
        url = f"/api/storyboard/project/{project.pk}/scenes/{ids[number]}"
        return client.patch(url, {"description": f"by {number}"}).status_code

    assert _together(work) == [200] * CLIENTS
    numbers = Revision.objects.filter(project=project).values_list("number", flat=True)
    assert sorted(numbers) == list(range(1, CLIENTS + 2))
    scenes = selectors.board(project_id=project.pk).scenes
    assert [scene.description for scene in scenes] == [f"by {n}" for n in range(CLIENTS)]
