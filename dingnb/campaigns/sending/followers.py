"""Who follows a campaign: users' own functions, which are told how far its sending has come."""

import traceback
from collections.abc import Callable
from contextlib import suppress

from dingnb.campaigns.sending.progress import Progress

Follower = Callable[[Progress], None]


class Followers:
    """Those who are told every change, in the thread that sends. One that fails is shown, and told no more."""

    def __init__(self) -> None:
        self._followers: list[Follower] = []

    def add(self, follower: Follower) -> Callable[[], None]:
        """Tell somebody from now on; the function that is returned ends it."""
        self._followers.append(follower)
        return lambda: self._forget(follower)

    def tell(self, progress: Callable[[], Progress]) -> None:
        """Tell everybody how far it has come, which is asked only where there is somebody."""
        if not self._followers:
            return
        now = progress()
        for follower in tuple(self._followers):
            try:
                follower(now)
            except Exception:  # noqa: BLE001 - a user's own code; it is shown, and nothing that is sent is broken off
                traceback.print_exc()
                self._forget(follower)

    def _forget(self, follower: Follower) -> None:
        # It may have been ended already, in another thread.
        with suppress(ValueError):
            self._followers.remove(follower)
