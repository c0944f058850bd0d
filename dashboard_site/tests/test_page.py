"""GET / as the server gives it: policy, template, static files."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from rest_framework.test import APIClient

STATIC = Path(settings.BASE_DIR) / "dashboard_site" / "static" / "dashboard"
OWN_FILES = sorted(
    path
    for path in STATIC.rglob("*")
    if path.suffix in {".js", ".css", ".svg"} and "vendor" not in path.parts
)
#: The names of the SVG and XHTML languages are written like addresses, but are none.
NAMESPACES = ("http://www.w3.org/2000/svg",)


class Tags(HTMLParser):
    """Every tag of a page with its attributes, and the text inside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in {"script", "style"} and data.strip():
            self.inline.append(data)

    def values_of(self, *attributes: str) -> list[str]:
        return [
            value
            for _, attrs in self.tags
            for name, value in attrs.items()
            if name in attributes and value
        ]


@pytest.fixture
def tags(api: APIClient) -> Tags:
    return Tags(api.get("/").content.decode())


def test_it_allows_nothing_but_its_own_files(api):
    policy = api.get("/")["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["style-src"] == "'self'"
    assert directives["connect-src"] == "'self' ws://127.0.0.1:5000 wss://127.0.0.1:5000"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy


def test_it_has_no_inline_script_or_style(tags):
    assert tags.inline == []
    assert all(attrs.get("src") for tag, attrs in tags.tags if tag == "script")
    assert "style" not in {tag for tag, _ in tags.tags}
    names = {name for _, attrs in tags.tags for name in attrs}
    assert not {name for name in names if name == "style" or name.startswith("on")}


def test_it_links_only_files_that_exist_here(tags):
    links = [link for link in tags.values_of("src", "href") if link.startswith("/static/")]
    assert len(links) > 5
    missing = [link for link in links if finders.find(link.removeprefix("/static/")) is None]
    assert missing == []
    assert not [link for link in tags.values_of("src", "href") if "//" in link]


@pytest.mark.parametrize("path", OWN_FILES, ids=lambda path: str(path.relative_to(STATIC)))
def test_its_files_name_no_outside_address_and_only_modules_that_exist(path):
    text = path.read_text()
    for namespace in NAMESPACES:
        text = text.replace(namespace, "")
    assert not re.findall(r"https?://[a-z]", text)
    imports = re.findall(r"""(?:from |import\(|import |url\()["'](\.[^"']+)["']""", text)
    missing = [name for name in imports if not (path.parent / name).is_file()]
    assert missing == []


@pytest.mark.parametrize(
    "path",
    [path for path in OWN_FILES if path.suffix == ".js"],
    ids=lambda path: str(path.relative_to(STATIC)),
)
def test_its_scripts_make_no_markup_out_of_text(path):
    """What the API answers is shown as text; nothing of it can become an element."""
    dangerous = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    assert not re.findall(dangerous, path.read_text())


@pytest.mark.parametrize("name", ["uplot", "inter"])
def test_what_others_wrote_comes_with_its_licence(name):
    folder = STATIC / "vendor" / name
    assert (folder / "LICENSE").read_text().strip()
    assert re.search(r"version \d+\.\d+\.\d+", (folder / "README.md").read_text())


def test_a_caller_on_this_machine_may_change_things(api):
    response = api.get("/")
    assert response.status_code == 200
    assert 'data-may-change="yes"' in response.content.decode()
    assert "csrftoken" in response.cookies


def test_a_stranger_is_asked_to_sign_in_and_comes_back(stranger):
    response = stranger.get("/")
    assert response.status_code == 302
    assert response["Location"] == "/sign-in?next=/"


@pytest.mark.parametrize(("role", "may_change"), [("operator", "yes"), ("viewer", "no")])
def test_the_role_says_whether_a_user_elsewhere_may_change_things(request, role, may_change):
    html = request.getfixturevalue(f"{role}_client").get("/").content.decode()
    assert f'data-may-change="{may_change}"' in html
    assert "Sign out" in html


def test_only_staff_is_shown_the_way_to_the_admin(operator_client, admin_client):
    assert "/admin/" not in Tags(operator_client.get("/").content.decode()).values_of("href")
    assert "/admin/" in Tags(admin_client.get("/").content.decode()).values_of("href")


def test_a_user_without_a_role_is_told_so(db, stranger):
    stranger.force_login(User.objects.create_user("ada"))
    assert stranger.get("/").status_code == 403


def test_it_answers_to_reads_only(api):
    assert api.head("/").status_code == 200
    assert api.post("/").status_code == 405
