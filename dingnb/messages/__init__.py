"""Message types, templates, and what a message is made of."""

from dingnb.messages.message import Message, Rendered, decode, markdown, text
from dingnb.messages.preview import Preview
from dingnb.messages.template import MISSING, RowFailure, Template

__all__ = ["MISSING", "Message", "Preview", "Rendered", "RowFailure", "Template", "decode", "markdown", "text"]
