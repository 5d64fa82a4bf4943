"""Events from DingTalk: callbacks over HTTP and Stream, and the log of events that both write to."""
