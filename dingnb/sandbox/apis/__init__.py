"""DingTalk's APIs and the control API, one module per family."""
