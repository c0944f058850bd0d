"""Pictures of scenes: checked by content, made small, stored as JPEG and nothing else."""

import hashlib
import io
import re
import struct
import zlib
from datetime import datetime

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from PIL import Image, ImageOps, UnidentifiedImageError

from common.errors import InvalidInputError, NotFoundError

MAX_BYTES = 10_000_000
MAX_PIXELS = 40_000_000
CONTENT_TYPE = "image/jpeg"

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_LARGEST_SIDE = 1280
_FOLDER = "thumbnails"
_URL_PREFIX = "/api/storyboard/thumbnails/"
# What the decoders raise, also deep inside, when the bytes make no sense.
_DAMAGE = (
    UnidentifiedImageError,
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    struct.error,
    zlib.error,
)
_NAME = re.compile(r"[0-9a-f]{64}\.jpg")


def encode(content: bytes) -> bytes:
    """Return a picture as a JPEG of at most 1280 pixels a side, upright, without metadata.

    Raises:
        InvalidInputError: it is no JPEG, PNG, WebP or GIF, is damaged or too large.
    """
    if len(content) > MAX_BYTES:
        raise _refusal(f"The picture must be at most {MAX_BYTES // 1_000_000} MB.")
    try:
        # The uploader's name and type are not asked: the first bytes decide.
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _refusal(f"The picture has more than {MAX_PIXELS // 1_000_000} megapixels.")
            image.draft("RGB", (_LARGEST_SIDE, _LARGEST_SIDE))
            image.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
            return _as_jpeg(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _refusal(f"The picture has more than {MAX_PIXELS // 1_000_000} megapixels.") from None
    except _DAMAGE:
        raise _refusal("This is no intact JPEG, PNG, WebP or GIF picture.") from None


def _as_jpeg(image: Image.Image) -> bytes:
    layer = _in_8_bits(image).convert("RGBA")
    opaque = Image.new("RGB", layer.size, "white")
    opaque.paste(layer, mask=layer.getchannel("A"))
    buffer = io.BytesIO()
    opaque.save(buffer, "JPEG", quality=85, optimize=True)
    return buffer.getvalue()


def _in_8_bits(image: Image.Image) -> Image.Image:
    """Return a grey picture of 16 bits scaled to 8; converting alone would cut it off at white."""
    if image.mode != "F" and not image.mode.startswith("I"):
        return image
    return image.convert("F").point(lambda grey: grey * (1 / 257) + 0.5).convert("L")


def _refusal(message: str) -> InvalidInputError:
    return InvalidInputError(message, code="bad_picture", details={"thumbnail": [message]})


def store(picture: bytes) -> str:
    """Store what `encode` returned and return its URL; the same picture is stored once."""
    name = f"{hashlib.sha256(picture).hexdigest()}.jpg"
    path = f"{_FOLDER}/{name}"
    if not default_storage.exists(path):
        saved = default_storage.save(path, ContentFile(picture))
        if saved != path:  # somebody stored the same one at the same moment
            default_storage.delete(saved)
    return _URL_PREFIX + name


def open_stored(name: str) -> "File[bytes]":
    """Return a stored picture, open for reading."""
    if not _NAME.fullmatch(name):
        raise NotFoundError("There is no such picture.")
    try:
        return default_storage.open(f"{_FOLDER}/{name}")
    except FileNotFoundError:
        raise NotFoundError("There is no such picture.") from None


def stored_at(name: str) -> datetime:
    """Return when a picture, which there is, was stored."""
    return default_storage.get_modified_time(f"{_FOLDER}/{name}")


def stored_name(url: str) -> str | None:
    """Return the name of the stored picture that a scene's `thumbnail` points at, if it does."""
    name = url.removeprefix(_URL_PREFIX)
    return name if name != url and _NAME.fullmatch(name) else None


def remove(name: str) -> None:
    """Remove a stored picture."""
    default_storage.delete(f"{_FOLDER}/{name}")
