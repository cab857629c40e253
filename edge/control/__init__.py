"""The control socket: how the command line and pages reach a running gateway.

JSON lines over a Unix socket. A request is `{"v": 1, "do": "status", "args": {}}`;
the answer is `{"v": 1, "ok": true, "result": ...}` or `{"v": 1, "ok": false,
"error": "...", "code": 2}`. A command that streams sends many answers and ends
with `{"v": 1, "end": true}`.
"""
