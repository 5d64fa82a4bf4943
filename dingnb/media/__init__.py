"""
Media: pictures, files, voice and video as values, from anything that analysts have.

A `Content` has a kind, a hash, a size and a file name, and opens its bytes as a stream. `content_of` makes a `Content`
from a path, bytes, an open file, a figure, an image or a table; `resolve_path` finds a row's file within a folder;
`ZipArchive` reads the files that people upload. DingTalk's rules are data in `dingnb.media.formats`. Nothing here calls
DingTalk.
"""

from dingnb.media.archives import ZipArchive, ZipMember
from dingnb.media.content import SESSION_FOLDER_PREFIX, Content, Media
from dingnb.media.folders import resolve_path
from dingnb.media.formats import KINDS, MediaKind, find_kind
from dingnb.media.sources import content_of, is_offered, kind_for

__all__ = [
    "KINDS",
    "SESSION_FOLDER_PREFIX",
    "Content",
    "Media",
    "MediaKind",
    "ZipArchive",
    "ZipMember",
    "content_of",
    "find_kind",
    "is_offered",
    "kind_for",
    "resolve_path",
]
