"""A person's phone on the sandbox, in a frame of a notebook."""

from dataclasses import dataclass
from html import escape

from dingnb.words import say

_WIDTH, _HEIGHT = 420, 720
_FRAME = "border:1px solid var(--jp-border-color2,#ccc);border-radius:14px;max-width:100%"


@dataclass(frozen=True, slots=True, repr=False)
class PhoneFrame:
    """
    A person's phone, as a page of the sandbox.

    Attributes:
        userid: The person.
        url: The address of the page; empty if a tape plays the sandbox's answers.
    """

    userid: str
    url: str

    def __repr__(self) -> str:
        return f"<Phone of {self.userid}>"

    def _repr_html_(self) -> str:
        if not self.url:
            return f"<p>{escape(say('phone.taped'))}</p>"
        title, url = escape(say("phone.title", name=self.userid)), escape(self.url)
        return (
            f'<iframe title="{title}" src="{url}" width="{_WIDTH}" height="{_HEIGHT}" style="{_FRAME}"></iframe>'
            f'<p><a href="{url}" target="_blank" rel="noopener">{escape(say("phone.in_tab"))}</a></p>'
        )
