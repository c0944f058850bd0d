"""Signing in: for every role, with a pause after too many wrong passwords."""

import pytest
from django.test import Client

from accounts.address_limits import SIGN_INS
from accounts.tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still_clock")]

PASSWORD = "a long pass phrase"
PAGES = ["/sign-in", "/admin/login/"]


def browser(address: str = "192.0.2.7", **options) -> Client:
    return Client(REMOTE_ADDR=address, HTTP_HOST="127.0.0.1:5000", **options)


def sign_in(client: Client, *, page="/sign-in", name="ada", password=PASSWORD, **more):
    return client.post(page, {"username": name, "password": password, **more})


def test_a_viewer_signs_in_and_out():
    make_user(role="viewer", password=PASSWORD)
    client = browser()
    assert client.get("/")["Location"] == "/sign-in?next=/"
    assert sign_in(client, next="/")["Location"] == "/"
    assert client.get("/").status_code == 200
    assert client.get("/api/agents/status").status_code == 200
    assert client.post("/sign-out")["Location"] == "/sign-in"
    assert client.get("/").status_code == 302


def test_a_wrong_password_is_told_without_saying_what_is_wrong():
    make_user(password=PASSWORD)
    for name in ("ada", "nobody"):
        response = sign_in(browser(), name=name, password="wrong")
        assert response.status_code == 200
        assert "do not match" in response.content.decode()


@pytest.mark.parametrize("target", ["https://example.com/", "//example.com", "javascript:x"])
def test_it_leads_to_no_other_website(target):
    make_user(password=PASSWORD)
    assert sign_in(browser(), next=target)["Location"] == "/"


@pytest.mark.parametrize("page", PAGES)
def test_after_five_wrong_passwords_the_right_one_must_wait(page):
    make_user(role="admin", is_staff=True, password=PASSWORD)
    answers = [sign_in(browser(), page=page, password="wrong") for _ in range(5)]
    assert answers[-1].status_code == 429
    locked = sign_in(browser(), page=page)
    assert locked.status_code == 429
    assert int(locked["Retry-After"]) == 15 * 60


def test_the_owner_of_the_name_is_not_shut_out_elsewhere():
    make_user(password=PASSWORD)
    for _ in range(6):
        sign_in(browser(), password="wrong")
    assert sign_in(browser("192.0.2.8")).status_code == 302


def test_the_right_password_begins_the_count_anew():
    make_user(password=PASSWORD)
    for _ in range(2):
        for _ in range(3):
            sign_in(browser(), password="wrong")
        assert sign_in(browser()).status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_trying_many_names_from_one_address_is_slowed_down(page):
    for number in range(SIGN_INS):
        answer = sign_in(browser(), page=page, name=f"name {number}", password="x")
        assert answer.status_code == 200
    slowed = sign_in(browser(), page=page, name="another")
    assert slowed.status_code == 429
    assert 1 <= int(slowed["Retry-After"]) <= 60
    assert sign_in(browser("192.0.2.8"), page=page, name="another").status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a_form_of_another_website_cannot_sign_in(page):
    make_user(password=PASSWORD)
    assert sign_in(browser(enforce_csrf_checks=True), page=page).status_code == 403
