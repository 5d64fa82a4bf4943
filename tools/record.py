"""
Runs the notebooks on the sandbox, at a fixed virtual time, and writes their outputs and cassettes.

``make record`` records all notebooks; ``python -m tools.record 01_first_send`` records one, in both languages. Outputs
are written the way nbval reads them, and recording twice gives the same files. The Chinese edition of a notebook, with
the same code, plays the cassette of the English edition: what is sent does not depend on the language.
"""

import importlib
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, start_new_kernel
from nbval.plugin import coalesce_streams

from dingnb.testing import check_journal
from dingnb.testing.cassette import load_cassette
from dingnb.testing.kernel import FINISH, journal_path, prepare_kernel, split_notebook_name
from tools.kernels import use_sockets

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
CASSETTES = ROOT / "cassettes"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
RAISES = "raises-exception"
SILENT_TYPES = frozenset({"status", "execute_input", "comm_open", "comm_msg", "comm_close"})
CELL_TIMEOUT_S = 60
WIDGET = "application/vnd.jupyter.widget-view+json"


def main(names: Sequence[str]) -> int:
    """Record the notebooks of these names, or all notebooks; return the exit status."""
    # Otherwise the first kernel may report that matplotlib builds the font cache.
    importlib.import_module("matplotlib.font_manager")
    use_sockets()
    chosen = {split_notebook_name(Path(name).with_suffix(".ipynb"))[0] for name in names}
    notebooks = sorted(NOTEBOOKS.glob("*.ipynb"))
    for notebook in [path for path in notebooks if split_notebook_name(path)[0] in chosen or not names]:
        print(f"recording {notebook.stem}")
        record(notebook)
    return 0


def record(path: Path) -> None:
    """
    Run a notebook and write it with its outputs, and the cassette of an English notebook that makes calls.

    Raises:
        RuntimeError: A cell failed, or has output that nbval cannot compare.
        TapeError: A Chinese notebook makes other calls than the English notebook.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata = nbformat.from_dict(METADATA)
    name, language = split_notebook_name(path)
    records = language == "en"
    with tempfile.TemporaryDirectory(prefix="dingnb-") as home:
        kernel = prepare_kernel(name, CASSETTES, Path(home), language=language, record=records)
        variables = {**os.environ, **kernel}
        manager, client = start_new_kernel(kernel_name=CURRENT_ENV_KERNEL_NAME, cwd=str(NOTEBOOKS), env=variables)
        try:
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    _run(client, cell)
            reply = client.execute_interactive(FINISH, store_history=False, timeout=CELL_TIMEOUT_S)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
        if not records:
            check_journal(name, journal_path(Path(home)), directory=CASSETTES)
    if reply["content"]["status"] != "ok":
        message = f"the tape could not be written: {reply['content']['evalue']}"
        raise RuntimeError(message)
    cassette = CASSETTES / f"{name}.yaml"
    if records and not load_cassette(cassette).calls:
        cassette.unlink()
    nbformat.write(notebook, path)


def _run(client: Any, cell: Any) -> None:  # noqa: ANN401 - jupyter_client's and nbformat's own types
    outputs: list[Any] = []
    unreadable: list[str] = []

    def collect(message: Any) -> None:  # noqa: ANN401 - likewise
        kind = message["msg_type"]
        if kind in {"stream", "display_data", "execute_result", "error"}:
            output = nbformat.v4.output_from_msg(message)
            # Saved notebooks do not contain the widget; readers see the text output beside it.
            output.get("data", {}).pop(WIDGET, None)
            outputs.append(output)
        elif kind not in SILENT_TYPES:
            unreadable.append(kind)

    reply = client.execute_interactive(cell.source, allow_stdin=False, timeout=CELL_TIMEOUT_S, output_hook=collect)
    if unreadable:
        message = f"nbval cannot compare {', '.join(unreadable)}, of this cell:\n{cell.source}"
        raise RuntimeError(message)
    content = reply["content"]
    if content["status"] != "ok" and RAISES not in cell.metadata.get("tags", []):
        message = f"{content['ename']}: {content['evalue']}\nin this cell:\n{cell.source}"
        raise RuntimeError(message)
    cell.outputs = coalesce_streams(outputs)
    cell.execution_count = content["execution_count"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
