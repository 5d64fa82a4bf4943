"""The codes of the new API, `api.dingtalk.com`: words."""

from dingnb.errors.codes import Code
from dingnb.errors.kinds import Kind

CODES: tuple[Code, ...] = (
    Code("InvalidAuthentication", Kind.TOKEN, "The access token is not valid.", "access_token 无效。"),
)
