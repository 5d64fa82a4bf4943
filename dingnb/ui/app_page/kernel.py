"""The kernel behind a page of the app."""

from dingnb.display.shell import current_shell


def keep_all_messages() -> None:
    """
    Let the kernel keep any number of messages until the page has received them.

    By default it drops messages beyond a queue of a thousand while a busy server does not receive them, and the page
    then lacks widgets. Does nothing outside of a kernel.
    """
    thread = getattr(getattr(current_shell(), "kernel", None), "iopub_thread", None)
    if thread is not None:
        # Sockets may be used in their own thread only.
        thread.schedule(lambda: setattr(thread.socket, "sndhwm", 0))
