"""The command `dingnb`."""
