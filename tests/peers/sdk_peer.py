"""Unmodified dingtalk-sdk: registers a callback, answers posts, and fetches missed events."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from guard import stay_here


def report(what: object) -> None:
    """Write a line to the parent process."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


stay_here(report)

from dingtalk import AppKeyClient  # noqa: E402 - the guard must be first

_BASE_URL, _CORP_ID, _KEY, _SECRET = sys.argv[1:]
_TOKEN, _AES_KEY = "token-of-peer", "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij"


class Client(AppKeyClient):
    """The client, with the sandbox as DingTalk."""

    API_BASE_URL = _BASE_URL + "/"


client = Client(_CORP_ID, _KEY, _SECRET, _TOKEN, _AES_KEY)
answers_well = threading.Event()
answers_well.set()


class Handler(BaseHTTPRequestHandler):
    """The callback's URL."""

    def do_POST(self) -> None:
        """Decrypt posts with the SDK, and answer them with it."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        event = client.crypto.decrypt_message(body, query["signature"], query["timestamp"], query["nonce"])
        report({"came": json.loads(event)})
        answer = json.dumps(client.crypto.encrypt_message("success")).encode() if answers_well.is_set() else b"no"
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_words: object) -> None:
        """Log nothing."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/callback"

for line in sys.stdin:
    name, *arguments = json.loads(line)
    if name == "register":
        report(client.callback.register_call_back(arguments, _TOKEN, _AES_KEY, url))
    elif name == "update":
        report(client.callback.update_call_back(arguments, _TOKEN, _AES_KEY, url))
    elif name == "encrypt":
        report(client.crypto.encrypt_message(*arguments))
    elif name == "decrypt":
        encrypt, *rest = arguments
        report({"text": client.crypto.decrypt_message({"encrypt": encrypt}, *rest)})
    elif name == "fail":
        answers_well.clear()
        report({})
    else:
        report(getattr(client.callback, name)())
