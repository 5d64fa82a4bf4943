"""Pictures as bytes: encoded without dates or metadata, and reduced if too large."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, cast

from dingnb.errors import InputError, MissingPackageError
from dingnb.media.formats import MB, megabytes_rounded_up
from dingnb.words import NOTHING, Text, sentences

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_DISPLAY_SIZE: Final = (338, 677)
"""Maximum width and height in which DingTalk shows a picture of a work notification (docs/dingtalk.md, "Media")."""

PIXEL_DENSITY: Final = 2
"""Pixels per displayed pixel: figures are drawn at twice the size to be sharp on phones."""

_MAX_PIXELS: Final = (PIXEL_DENSITY * MAX_DISPLAY_SIZE[0], PIXEL_DENSITY * MAX_DISPLAY_SIZE[1])

_MAX_COLOURS: Final = 4_096
"""Maximum number of colours of a drawing; a picture with more is a photo, which JPEG encodes better."""

_QUALITIES: Final = (90, 80, 65, 50)
_SCALES: Final = tuple(0.75**n for n in range(1, 12))
_WHITE: Final = 255

_SMALL_BYTES: Final = 60_000
"""Maximum size of the pictures that previews show unchanged."""


def display_scale(width: float, height: float) -> float:
    """
    Return the factor that makes a figure as large as DingTalk shows it, at twice the density.

    >>> display_scale(676, 400), display_scale(338, 2708)
    (1.0, 0.5)
    """
    return min(_MAX_PIXELS[0] / width, _MAX_PIXELS[1] / height)


def encode(image: "Image", max_bytes: int) -> tuple[bytes, Text]:
    """
    Return an image of PIL as PNG, or in a smaller encoding if the PNG is too large, and a note on what was changed.

    Raises:
        InputError: The image is empty or closed, has values that no picture has, or cannot be made small enough.
    """
    if 0 in image.size:
        raise InputError(Text("media.nothing_drawn", thing=Text("media.thing_image")), Text("media.empty_image_todo"))
    plain = _normalize(image)
    note = Text("media.first_frame") if getattr(image, "is_animated", False) else NOTHING
    data = _encode(plain, "PNG")
    if len(data) <= max_bytes:
        return data, note
    data, reduced_note = _reduce(plain, len(data), max_bytes)
    return data, sentences(note, reduced_note)


def reduce_picture(data: bytes, max_bytes: int) -> tuple[bytes, Text]:
    """
    Return a picture that fits `max_bytes`, and a note if it was re-encoded.

    Raises:
        InputError: The picture cannot be made small enough.
        MissingPackageError: The picture is too large, and Pillow is not installed.
    """
    if len(data) <= max_bytes:
        return data, NOTHING
    try:
        from PIL import Image  # noqa: PLC0415 - optional, and needed only here
    except ModuleNotFoundError:
        what = Text("media.no_pillow", megabytes=megabytes_rounded_up(len(data)))
        raise MissingPackageError(what, Text("media.no_exporter_todo", package="pillow")) from None
    with Image.open(io.BytesIO(data)) as image:
        return _reduce(_normalize(image), len(data), max_bytes)


def thumbnail(data: bytes, mime: str) -> tuple[bytes, str]:
    """
    Return a picture for a preview, reduced if it is large and Pillow is installed, and the picture's media type.

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
            small = _flatten(_normalize(image))
            small.thumbnail(_MAX_PIXELS)
    except (OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(Text("media.no_preview"), Text("media.no_preview_todo")) from None
    return _encode(small, "JPEG", quality=85), "image/jpeg"


def _reduce(image: "Image", size: int, max_bytes: int) -> tuple[bytes, Text]:
    """Return an image in at most `max_bytes`, and a note on its reduction; `size` is the size of the image's PNG."""
    for data, key, fields in _encodings(image):
        if len(data) <= max_bytes:
            return data, Text(key, megabytes=len(data) / MB, **fields)
    what = Text("media.not_reduced", megabytes=megabytes_rounded_up(size), most=max_bytes / MB)
    raise InputError(what, Text("media.too_large_todo"))


def _encodings(image: "Image") -> Iterator[tuple[bytes, str, dict[str, int]]]:
    """Yield encodings of an image, the best first, each with the key and the fields of its note."""
    solid = _flatten(image)
    if solid.getcolors(_MAX_COLOURS) is not None:
        yield _encode(solid.quantize(256), "PNG"), "media.fewer_colours", {}
    for quality in _QUALITIES:
        yield _encode(solid, "JPEG", quality=quality), "media.as_jpeg", {"quality": quality}
    for scale in _SCALES:
        size = (max(round(solid.width * scale), 1), max(round(solid.height * scale), 1))
        yield _encode(solid.resize(size), "JPEG", quality=80), "media.scaled", {"width": size[0], "height": size[1]}


def _normalize(image: "Image") -> "Image":
    """Return an image without metadata, in a mode that PNG supports."""
    try:
        image.load()
        image = _reduce_to_8_bits(_rotate_upright(image))
        has_alpha = "A" in image.getbands() or "transparency" in image.info
        normalized = image.convert("RGBA" if has_alpha else "L" if image.mode in {"1", "L"} else "RGB")
    except InputError:  # a ValueError, too
        raise
    except (OSError, ValueError, SyntaxError) as error:
        thing = Text("media.thing_image")
        if _is_of_closed_file(error):
            raise InputError(Text("media.closed", thing=thing), Text("media.closed_image_todo")) from None
        raise InputError(Text("media.not_drawn", thing=thing, reason=error), Text("media.not_drawn_todo")) from None
    normalized.info.clear()
    return normalized


def _is_of_closed_file(error: Exception) -> bool:
    # Pillow has no class for this error: it raises what reading a closed file, or None in its place, raised.
    return "closed" in str(error) or "seek" in str(error)


def _reduce_to_8_bits(image: "Image") -> "Image":
    """Return an image with 16 bits a pixel in 8 bits, since Pillow would show all but the darkest pixels as white."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode in {"I", "F"}:
        low, high = cast("tuple[float, float]", image.getextrema())
        if low < 0 or high > _WHITE or (image.mode == "F" and 0 < high <= 1):
            raise InputError(Text("media.value_range", low=low, high=high), Text("media.value_range_todo"))
    return image


def _rotate_upright(image: "Image") -> "Image":
    """Return a photo rotated according to its Exif data."""
    from PIL import ImageOps  # noqa: PLC0415 - installed, since the image is one of PIL

    return ImageOps.exif_transpose(image)


def _flatten(image: "Image") -> "Image":
    """Return an image on white, since JPEG has no transparency."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    from PIL import Image  # noqa: PLC0415 - installed, since the image is one of PIL

    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    return white.convert("RGB")


def _encode(image: "Image", image_format: str, **options: int) -> bytes:
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()
