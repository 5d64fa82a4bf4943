"""The kernel behind a page of the app."""

from dingnb.display.shell import current_shell


def keep_all_messages() -> None:
    """
    Let the kernel keep any number of messages until the page has received them.

    By default it drops those beyond its queue of a thousand while a busy computer does not receive, and the page then
    lacks widgets. Does nothing outside of a kernel.
    """
    thread = getattr(getattr(current_shell(), "kernel", None), "iopub_thread", None)
    if thread is not None:
        # In the thread that uses the socket.
        thread.schedule(lambda: setattr(thread.socket, "sndhwm", 0))
