"""DingTalk's APIs, one module per family."""
