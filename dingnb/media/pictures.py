"""Pictures as bytes: encoded without dates or metadata, and reduced if they are too large."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from dingnb.errors import InputError, MissingPackageError
from dingnb.words import NOTHING, Text, sentences

if TYPE_CHECKING:
    from PIL.Image import Image

WIDTH_SHOWN: Final = 338
HEIGHT_SHOWN: Final = 677
"""The largest size in which DingTalk shows a picture of a work notification (docs/dingtalk.md, "Media")."""

DENSITY: Final = 2
"""Pixels of a figure for each one of that size, so that it is sharp on phones."""

_MAX_COLOURS: Final = 4_096
"""A picture with more colours is a photo, for which JPEG is better than fewer colours."""

_QUALITIES: Final = (90, 80, 65, 50)
_SHRINKS: Final = tuple(0.75**n for n in range(1, 12))
_MB: Final = 2**20

_SMALL_BYTES = 60_000
"""Pictures up to this size are shown in previews as they are."""

_PREVIEW_PIXELS = (676, 1_354)


def fitting_scale(width: float, height: float) -> float:
    """
    Return the factor that makes a figure as large as DingTalk shows it, at twice the density.

    >>> fitting_scale(676, 400), fitting_scale(338, 2708)
    (1.0, 0.5)
    """
    return min(DENSITY * WIDTH_SHOWN / width, DENSITY * HEIGHT_SHOWN / height)


def encode(image: "Image", max_bytes: int) -> tuple[bytes, Text]:
    """
    Return an image of PIL as PNG, reduced if that is too large, and a note on what was changed.

    Raises:
        InputError: The image is empty or closed, or cannot be made small enough.
    """
    if 0 in image.size:
        raise InputError(Text("media.nothing_drawn", thing=Text("media.thing_image")), Text("media.empty_image_todo"))
    plain = _plain(image)
    note = Text("media.first_frame") if getattr(image, "is_animated", False) else NOTHING
    data = _saved(plain, "PNG")
    if len(data) <= max_bytes:
        return data, note
    data, smaller_note = _smaller(plain, max_bytes)
    return data, sentences(note, smaller_note)


def smaller(data: bytes, max_bytes: int) -> tuple[bytes, Text]:
    """
    Return a drawn picture, re-encoded if it is too large, and a note that says so.

    Raises:
        MissingPackageError: It is too large, and Pillow is not installed.
    """
    if len(data) <= max_bytes:
        return data, NOTHING
    try:
        from PIL import Image  # noqa: PLC0415 - optional, and needed only here
    except ModuleNotFoundError:
        what = Text("media.no_pillow", megabytes=len(data) / _MB)
        raise MissingPackageError(what, Text("media.no_exporter_todo", package="pillow")) from None
    with Image.open(io.BytesIO(data)) as image:
        return _smaller(_plain(image), max_bytes)


def thumbnail(data: bytes, mime: str) -> tuple[bytes, str]:
    """
    Return a picture for a preview, and its media type: a small one if Pillow is installed, else the picture itself.

    Raises:
        InputError: The picture is damaged, or has too many pixels to be drawn.
    """
    if len(data) <= _SMALL_BYTES:
        return data, mime
    try:
        from PIL import Image  # noqa: PLC0415 - optional, and needed only here
    except ModuleNotFoundError:
        return data, mime
    try:
        with Image.open(io.BytesIO(data)) as image:
            small = _solid(_plain(image))
            small.thumbnail(_PREVIEW_PIXELS)
    except (OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(Text("media.no_preview"), Text("media.no_preview_todo")) from None
    return _saved(small, "JPEG", quality=85), "image/jpeg"


def _smaller(image: "Image", max_bytes: int) -> tuple[bytes, Text]:
    for data, key, fields in _attempts(image):
        if len(data) <= max_bytes:
            return data, Text(key, megabytes=len(data) / _MB, **fields)
    raise InputError(
        Text("media.too_large", name="image", megabytes=len(data) / _MB, most=max_bytes / _MB),
        Text("media.too_large_todo"),
    )


def _attempts(image: "Image") -> Iterator[tuple[bytes, str, dict[str, Any]]]:
    """Yield encodings of an image, better ones first, each with the key of its note and its fields."""
    solid = _solid(image)
    if solid.getcolors(_MAX_COLOURS) is not None:
        yield _saved(solid.quantize(256), "PNG"), "media.fewer_colours", {}
    for quality in _QUALITIES:
        yield _saved(solid, "JPEG", quality=quality), "media.as_jpeg", {"quality": quality}
    for shrink in _SHRINKS:
        size = (max(round(solid.width * shrink), 1), max(round(solid.height * shrink), 1))
        yield _saved(solid.resize(size), "JPEG", quality=80), "media.scaled", {"width": size[0], "height": size[1]}


def _plain(image: "Image") -> "Image":
    """Return an image without metadata, in a mode that PNG supports."""
    try:
        image.load()
        image = _upright(image)
        has_alpha = "A" in image.getbands() or "transparency" in image.info
        plain = image.convert("RGBA" if has_alpha else "L" if image.mode in {"1", "L"} else "RGB")
    except (OSError, ValueError, SyntaxError) as error:
        thing = Text("media.thing_image")
        if "closed" in str(error) or "seek" in str(error):
            raise InputError(Text("media.closed", thing=thing), Text("media.closed_image_todo")) from None
        raise InputError(Text("media.not_drawn", thing=thing, reason=error), Text("media.not_drawn_todo")) from None
    plain.info.clear()
    return plain


def _upright(image: "Image") -> "Image":
    """Return a photo rotated according to its Exif data."""
    from PIL import ImageOps  # noqa: PLC0415 - installed, since the image is one of PIL

    return ImageOps.exif_transpose(image)


def _solid(image: "Image") -> "Image":
    """Return an image on white, since JPEG has no transparency."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    from PIL import Image  # noqa: PLC0415 - installed, since the image is one of PIL

    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    return white.convert("RGB")


def _saved(image: "Image", content: str, **options: int) -> bytes:
    file = io.BytesIO()
    image.save(file, content, **options)
    return file.getvalue()
