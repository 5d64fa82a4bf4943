"""The words of callbacks: their encryption, their registration, what receives them."""

WORDS: dict[str, tuple[str, str]] = {
    "callback.refused": ("{meaning} ({code}) {why}", "{meaning}（{code}）{why}"),
    "callback.no_token": ("The token is empty.", "token 为空。"),
    "callback.bad_key": (
        "It has to be 43 letters and digits; this one is {length} characters long.",
        "应为 43 位字母和数字；当前长度为 {length}。",
    ),
    "callback.no_owner": (
        "The owner is empty: give the app key, the corp id or the suite key.",
        "owner 为空：请传入 AppKey、CorpId 或 SuiteKey。",
    ),
    "callback.empty_text": ("The text is empty.", "内容为空。"),
    "callback.no_encrypt": ("There is no encrypted text.", "没有加密内容。"),
    "callback.no_signature": ("There is none.", "缺少签名。"),
    "callback.other_signature": (
        "It was not made with this token, or what it signs was changed.",
        "签名并非由此 token 生成，或内容已被改动。",
    ),
    "callback.no_timestamp": ("There is none.", "缺少 timestamp。"),
    "callback.no_nonce": ("There is none.", "缺少 nonce。"),
    "callback.half_character": (
        "It holds half of a character (a lone surrogate).",
        "其中有不完整的字符（孤立的代理项）。",
    ),
    "callback.other_length": ("The length that it names does not fit.", "其中写明的长度与实际不符。"),
    "callback.other_owner": ("It names another owner.", "其中的归属方不是本方。"),
    "callback.no_utf8": ("The text is no UTF-8.", "内容不是 UTF-8。"),
    "callback.no_base64": ("It is no base64.", "不是 base64。"),
    "callback.no_blocks": ("It is not made of whole blocks of 16 bytes.", "长度不是 16 字节的整数倍。"),
    "callback.bad_padding": ("Its padding is wrong.", "填充有误。"),
}
