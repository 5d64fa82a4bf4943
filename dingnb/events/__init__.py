"""What DingTalk tells us: callbacks over HTTP and Stream, and the log of events that both feed."""
