"""A person's phone on the sandbox, in a frame of a notebook."""

from dataclasses import dataclass
from html import escape

from dingnb.words import say

_HEIGHT_PX = 720
_STYLE = "width:420px;max-width:100%;border:1px solid var(--jp-border-color2,#ccc);border-radius:14px"
_THEMES = (
    '<style>[data-jp-theme-light="true"] .dingnb-phone{color-scheme:light}'
    '[data-jp-theme-light="false"] .dingnb-phone{color-scheme:dark}</style>'
)
"""The style with which the page in the frame follows Jupyter's theme instead of the system's."""


@dataclass(frozen=True, slots=True, repr=False)
class PhoneFrame:
    """
    A person's phone, as a page of the sandbox.

    Attributes:
        userid: The person's userid.
        url: The address of the page, with a query, which contains a secret. Empty without a page, as when a tape plays
            the sandbox's answers.
    """

    userid: str
    url: str

    def __repr__(self) -> str:
        return f"<Phone of {self.userid}>"

    def _repr_html_(self) -> str:
        return self.to_html(_HEIGHT_PX, style=_STYLE)

    def to_html(self, height_px: int, *, style: str = "", language: str = "", theme: str = "") -> str:
        """
        Return the page in a frame, and a link to it; without a page, a sentence that says so.

        Args:
            height_px: The height of the frame in pixels.
            style: The style of the frame, in CSS.
            language: The language of the page; empty for the sandbox's.
            theme: The colours of the page, ``light`` or ``dark``; empty for the notebook's colours.
        """
        if not self.url:
            return f"<p>{escape(say('phone.none'))}</p>"
        title = escape(say("phone.title", name=self.userid))
        options = {"lang": language, "theme": theme}
        url = escape(self.url + "".join(f"&{name}={value}" for name, value in options.items() if value))
        return (
            f'{_THEMES}<iframe class="dingnb-phone" title="{title}" src="{url}" height="{height_px}" style="{style}">'
            "</iframe>"
            f'<p><a href="{url}" target="_blank" rel="noopener">{escape(say("phone.in_tab"))}</a></p>'
        )
