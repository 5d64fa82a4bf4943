"""The codes of the old API, `oapi.dingtalk.com`: numbers, written as strings."""

from dingnb.errors.codes import Code
from dingnb.errors.kinds import Kind

CODES: tuple[Code, ...] = (Code("40014", Kind.TOKEN, "The access token is not valid.", "access_token 无效。"),)
