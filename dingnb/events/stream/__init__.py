"""Stream: what DingTalk tells us over a connection that we open, so that no address of ours is needed."""
