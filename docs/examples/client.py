"""Logs in, connects, pings and prints what arrives.

    python3 docs/examples/client.py alice@example.com the-password [http://localhost:8080]

Needs the package `websockets` (Debian: python3-websockets).
"""

import asyncio
import json
import sys
import urllib.request

import websockets

email, password = sys.argv[1:3]
server = sys.argv[3] if len(sys.argv) > 3 else "http://localhost:8080"


def log_in() -> str:
    request = urllib.request.Request(
        f"{server}/api/v1/auth/login",
        data=json.dumps({"email": email, "password": password}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)["data"]["access_token"]


async def main() -> None:
    uri = f"{server.replace('http', 'ws', 1)}/ws?token={log_in()}"
    async with websockets.connect(uri) as websocket:
        print("WebSocket connected", flush=True)
        await websocket.send(json.dumps({"type": "ping", "data": {}}))
        async for message in websocket:
            print("Received:", json.loads(message), flush=True)


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
