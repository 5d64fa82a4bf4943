"""
The receiver of callbacks as an ASGI app.

Every request that is not genuine gets the same answer, an empty 404, regardless of the cause.
"""

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar

from dingnb.errors import LedgerError
from dingnb.events.callbacks.counters import PostCounter, RefusalReason, RefusedPostError
from dingnb.events.callbacks.post_handler import PostHandler

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Result = TypeVar("Result")

BODY_TIMEOUT_S = 5.0
"""Time allowed for receiving a body, in seconds. DingTalk gives up after 2.5."""

_MAX_HEADERS = 64
_MAX_HEADERS_BYTES = 16 * 1_024
_MAX_INLINE_BYTES = 32 * 1_024
"""Maximum size of a body that is verified without a thread of its own."""

_OK = 200
_REFUSED = 404
_FAILED = 500


class CallbackApp:
    """
    Receives callbacks and robot messages at one path, under any ASGI server.

    Args:
        handler: Verifies and accepts posts.
        path: The path, relative to where the app is mounted.
        counter: The counters.
        largest_bytes: Maximum size of a body.
        body_timeout_s: Maximum time to receive a body.
    """

    def __init__(
        self,
        handler: PostHandler,
        path: str,
        counter: PostCounter,
        *,
        largest_bytes: int,
        body_timeout_s: float = BODY_TIMEOUT_S,
    ) -> None:
        self.counter = counter
        self._handler = handler
        self._path = path
        self._largest_bytes = largest_bytes
        self._body_timeout_s = body_timeout_s
        self._is_open = True

    def close(self) -> None:
        """Refuse all further requests, even if the app is mounted in another app."""
        self._is_open = False

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        elif scope["type"] == "http":
            status, content = await self._answer(scope, receive)
            headers = [(b"content-length", str(len(content)).encode())]
            # A refused client may go on sending; the rest is not read.
            headers.append((b"content-type", b"application/json") if status == _OK else (b"connection", b"close"))
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": content})
        elif scope["type"] == "lifespan":
            # Some servers, and test clients, need an answer on startup and shutdown; nothing else is done here.
            for stage in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{stage}.complete"})

    async def _answer(self, scope: MutableMapping[str, Any], receive: Receive) -> tuple[int, bytes]:
        try:
            return _OK, await self._accept(scope, receive)
        except RefusedPostError as error:
            self.counter.refuse(error.reason)
            return _REFUSED, b""
        except LedgerError as error:
            self._fail(RefusalReason.LEDGER, str(error))
        except Exception:  # noqa: BLE001 - nothing may escape to the server; it is shown, and DingTalk sends again
            self._fail(RefusalReason.INTERNAL, traceback.format_exc())
        return _FAILED, b""

    async def _accept(self, scope: MutableMapping[str, Any], receive: Receive) -> bytes:
        if not self._is_open:
            raise RefusedPostError(RefusalReason.STOPPED)
        if _relative_path(scope) != self._path:
            raise RefusedPostError(RefusalReason.PATH)
        if scope["method"] != "POST":
            raise RefusedPostError(RefusalReason.METHOD)
        pairs = list(scope["headers"])
        if len(pairs) > _MAX_HEADERS or sum(len(part) for pair in pairs for part in pair) > _MAX_HEADERS_BYTES:
            raise RefusedPostError(RefusalReason.SIZE)
        # If a name appears twice, the first counts.
        headers = dict(reversed(pairs))
        body = await self._body(headers, receive)
        # Work that may take longer than a thread switch runs in a thread: large bodies, and the disk.
        if len(body) <= _MAX_INLINE_BYTES:
            post = self._handler.read(scope["query_string"], headers, body)
        else:
            post = await _run_in_thread(lambda: self._handler.read(scope["query_string"], headers, body))
        return await _run_in_thread(lambda: self._handler.accept(post))

    async def _body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > len(str(self._largest_bytes)) or int(length) > self._largest_bytes:
            raise RefusedPostError(RefusalReason.SIZE)
        try:
            async with asyncio.timeout(self._body_timeout_s):
                return await self._read(receive)
        except TimeoutError:
            raise RefusedPostError(RefusalReason.SLOW) from None

    async def _read(self, receive: Receive) -> bytes:
        body, has_more = bytearray(), True
        while has_more:
            message = await receive()
            if message["type"] != "http.request":
                raise RefusedPostError(RefusalReason.DISCONNECTED)
            body += message.get("body", b"")
            if len(body) > self._largest_bytes:
                raise RefusedPostError(RefusalReason.SIZE)
            has_more = message.get("more_body", False)
        return bytes(body)

    def _fail(self, reason: RefusalReason, message: str) -> None:
        """Count an internal failure, and print the first failure for each reason."""
        if self.counter.refuse(reason) == 1 and sys.stderr is not None:
            sys.stderr.write(f"{message}\n")


async def _run_in_thread(work: Callable[[], Result]) -> Result:
    """Run slow work in a thread, and return its result."""
    try:
        result = asyncio.get_running_loop().run_in_executor(None, work)
    except RuntimeError:
        # The main thread has ended, so Python starts no more threads; other threads of the program may keep running.
        return work()
    return await result


def _relative_path(scope: MutableMapping[str, Any]) -> str:
    """Return the path relative to where the app is mounted."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path.removeprefix(root) if root and path.startswith(f"{root}/") else path
