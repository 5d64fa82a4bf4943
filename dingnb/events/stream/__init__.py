"""Stream: receives events over a connection that dingnb opens, so that no public address is needed."""
