"""A way to a server that hands no more on than an answer can have, however much the server writes."""

from collections.abc import AsyncIterator

import httpx

MOST_BYTES = 8 * 1024 * 1024
"""Of one answer. The longest honest one, a list of many models or reasoning with its words, is far below a megabyte."""


class BoundedTransport(httpx.AsyncHTTPTransport):
    """Reads answers as they are sent and up to `MOST_BYTES`; what goes beyond is httpx.DecodingError.

    Packed answers are refused: a few bytes of them can hold any number. No proxy of the environment is used.
    """

    def __init__(self) -> None:
        super().__init__(trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return the answer with its body bounded."""
        request.headers["accept-encoding"] = "identity"
        answer = await super().handle_async_request(request)
        body = _Bounded(answer.stream)
        if answer.headers.get("content-encoding", "identity").strip().lower() != "identity":
            await body.aclose()
            raise httpx.DecodingError("The answer is packed, though it was asked for as it is.")
        return httpx.Response(answer.status_code, headers=answer.headers, stream=body, extensions=answer.extensions)


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream | httpx.AsyncByteStream) -> None:
        if not isinstance(stream, httpx.AsyncByteStream):
            raise TypeError("an asynchronous transport streams asynchronously")
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._stream:
            read += len(chunk)
            if read > MOST_BYTES:
                raise httpx.DecodingError(f"The answer is longer than {MOST_BYTES} bytes.")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
