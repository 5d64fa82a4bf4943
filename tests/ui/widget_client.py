"""A client for widgets in a notebook that runs in a real kernel."""

from typing import Any

from nbclient import NotebookClient
from nbclient.util import run_sync


class Typist(NotebookClient):
    """
    Runs a notebook, and types and clicks between cells with messages to the kernel, like a browser.

    The answers of the kernel are recorded in `received`.
    """

    received = ""

    def send(self, comm_id: str, data: dict[str, Any]) -> None:
        """Send the message of a widget in a browser, and record the answers of the kernel."""
        message = self.kc.session.msg("comm_msg", {"comm_id": comm_id, "data": data})
        self.kc.shell_channel.send(message)
        while True:
            answer = run_sync(self.kc.get_iopub_msg)(timeout=self.timeout)
            content = answer["content"]
            self.received += str(content)
            if answer["msg_type"] == "comm_msg":
                self.handle_comm_msg([], answer, 0)
            is_ours = answer["parent_header"].get("msg_id") == message["header"]["msg_id"]
            if is_ours and content.get("execution_state") == "idle":
                return

    def widget(self, model: str, **wanted: str) -> str:
        """Return the id of the widget model with some state."""
        return next(
            comm_id
            for comm_id, state in self.widget_state.items()
            if state.get("_model_name") == model and wanted.items() <= state.items()
        )

    def type_into(self, comm_id: str, value: str) -> None:
        self.send(comm_id, {"method": "update", "state": {"value": value}, "buffer_paths": []})

    def click(self, comm_id: str) -> None:
        self.send(comm_id, {"method": "custom", "content": {"event": "click"}})
