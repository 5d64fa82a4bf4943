"""Send bulk DingTalk notifications from a notebook, once, and know what happened to each person."""
