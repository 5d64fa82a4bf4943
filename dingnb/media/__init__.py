"""
Media: pictures, files, voice and video as values, from anything that analysts have.

A `Content` knows its kind, hash, size and file name, and opens its bytes as a stream. `content_of` makes one of a path,
bytes, an open file, a figure, an image or a table; `resolve` finds a row's file within a folder; `ZipArchive` reads the
files that people upload. DingTalk's rules are data in `dingnb.media.kinds`. Nothing here calls DingTalk.
"""

from dingnb.media.archives import ZipArchive, ZipMember
from dingnb.media.content import Content, Media
from dingnb.media.folders import resolve
from dingnb.media.kinds import KINDS, MediaKind, kind_named
from dingnb.media.sources import content_of, is_offered, kind_for

__all__ = [
    "KINDS",
    "Content",
    "Media",
    "MediaKind",
    "ZipArchive",
    "ZipMember",
    "content_of",
    "is_offered",
    "kind_for",
    "kind_named",
    "resolve",
]
