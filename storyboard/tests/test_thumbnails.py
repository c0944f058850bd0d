"""Uploaded pictures: what is taken, what it becomes, how it is served."""

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rest_framework.test import APIClient

from common.errors import InvalidInputError
from storyboard import services, thumbnails
from storyboard.tests.factories import make_project, picture, scene_ids


def _read(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def _png_claiming(width: int, height: int) -> bytes:
    """A small PNG whose header says that it unpacks to width times height pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100_000)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("format", "mode"),
    [
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "I;16"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("WEBP", "RGB"),
        ("GIF", "P"),
    ],
)
def test_every_taken_picture_becomes_a_jpeg(format, mode):
    result = _read(thumbnails.encode(picture(format, mode=mode)))
    assert (result.format, result.mode, result.size) == ("JPEG", "RGB", (40, 30))


def test_a_large_picture_becomes_small_and_loses_its_metadata():
    image = Image.new("RGB", (4000, 1000), "blue")
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "a camera that knows where it is"
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    result = _read(thumbnails.encode(buffer.getvalue()))
    assert result.size == (320, 1280)
    assert not result.getexif()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff not a picture",
        SVG,
        b'<?xml version="1.0"?>' + SVG,
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.7",
        b"GIF89a<script>alert(1)</script>",
        picture("BMP"),
        picture("TIFF"),
        picture("PNG")[:-30],
        picture("JPEG", (400, 400))[:-300],
        _png_claiming(30_000, 30_000),
        _png_claiming(9_000, 10_000),
        _png_claiming(7_000, 7_200),
    ],
    ids=lambda content: repr(content[:12]),
)
def test_it_refuses_what_is_no_intact_picture_of_a_sensible_size(content):
    with pytest.raises(InvalidInputError) as refusal:
        thumbnails.encode(content)
    assert refusal.value.code == "bad_picture"


def test_it_refuses_too_many_bytes():
    with pytest.raises(InvalidInputError, match="10 MB"):
        thumbnails.encode(picture() + b"\0" * thumbnails.MAX_BYTES)


@pytest.mark.filterwarnings("ignore:.*:UserWarning:PIL")
@settings(max_examples=150)
@given(st.data())
def test_a_damaged_picture_is_refused_or_made_whole_but_never_crashes(data):
    content = bytearray(data.draw(st.sampled_from(DAMAGED)))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        result = thumbnails.encode(bytes(content))
    except InvalidInputError:
        return
    assert _read(result).format == "JPEG"


DAMAGED = [picture(format, mode="P" if format == "GIF" else "RGB") for format in ("PNG", "JPEG")]
DAMAGED += [picture("WEBP"), picture("GIF", mode="P")]


def _put(api: APIClient, url: str, content: bytes, **extra: Any) -> Any:
    client: Any = api  # its stubs know bodies as text only
    return client.generic("PUT", url, content, **extra)


@pytest.fixture
def url(db, media) -> str:
    project = make_project(scenes=1)
    return f"/api/storyboard/project/{project.pk}/scenes/{scene_ids(project)[0]}"


@pytest.mark.parametrize("claimed", ["image/png", "text/html", "image/svg+xml"])
def test_an_upload_is_served_as_jpeg_whatever_it_claimed_to_be(api: APIClient, url, claimed):
    answer = _put(api, f"{url}/thumbnail", picture("PNG"), content_type=claimed)
    assert answer.status_code == 200, answer.content
    served = api.get(answer.json()["thumbnail"])
    content = b"".join(served)
    assert served["Content-Type"] == "image/jpeg"
    assert served["X-Content-Type-Options"] == "nosniff"
    assert "script" not in served["Content-Security-Policy"]
    assert _read(content).format == "JPEG"
    assert api.delete(f"{url}/thumbnail").json()["thumbnail"] == ""


def test_an_upload_is_refused_by_its_content(api: APIClient, url, media):
    answer = _put(api, f"{url}/thumbnail", SVG, content_type="image/png")
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_picture"
    assert api.put(f"{url}/thumbnail").status_code == 400
    assert not media.exists()


def test_an_upload_that_is_too_large_is_refused(api: APIClient, url):
    content = b"\xff" * (thumbnails.MAX_BYTES + 1)
    answer = _put(api, f"{url}/thumbnail", content, content_type="image/jpeg")
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_nothing_is_stored_where_the_change_is_refused(api: APIClient, url, media):
    stale = {"HTTP_IF_MATCH": '"7"'}
    answer = _put(api, f"{url}/thumbnail", picture(), content_type="image/png", **stale)
    assert answer.status_code == 412
    assert _put(api, f"{url}0/thumbnail", picture()).status_code == 404
    assert not media.exists()


def test_the_same_picture_is_stored_once(db, media):
    project = make_project(scenes=2)
    for scene_id in scene_ids(project):
        services.set_thumbnail(project_id=project.pk, scene_id=scene_id, content=picture())
    assert len(list(media.rglob("*.jpg"))) == 1


@pytest.mark.parametrize(
    "name", ["x.jpg", "../settings.py", f"{'a' * 64}.jpg", f"{'a' * 64}.png", "%2e%2e/secret_key"]
)
def test_no_other_file_is_served(api: APIClient, db, media, name):
    assert api.get(f"/api/storyboard/thumbnails/{name}").status_code == 404


def test_greys_of_16_bits_stay_grey():
    source = Image.new("I;16", (64, 32))
    source.paste(0x8080, (0, 0, 32, 32))
    source.paste(0xFFFF, (32, 0, 64, 32))
    buffer = io.BytesIO()
    source.save(buffer, "PNG")
    image = _read(thumbnails.encode(buffer.getvalue())).convert("L")
    assert image.getpixel((8, 16)) == pytest.approx(128, abs=3)
    assert image.getpixel((56, 16)) == pytest.approx(255, abs=3)
