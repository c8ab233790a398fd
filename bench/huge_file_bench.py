#!/usr/bin/env python3
"""One file of 50 GB, pushed in parts to a Hub that keeps nothing: whether it arrives whole, and what memory that takes.

    bench/huge_file_bench.py PROGRAM [--gb N] [--part-gb N]

The file has holes; the Hub here counts what comes, part by part, and says what the client must hear. Bound: memory stays that of a small
file, under 600 MB.
"""
import argparse
import hashlib
import http.server
import json
import os
import pathlib
import tempfile
import threading

from watched import watched

PARSER = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
PARSER.add_argument("program")
PARSER.add_argument("--gb", type=int, default=50)
PARSER.add_argument("--part-gb", type=int, default=5)
ARGS = PARSER.parse_args()
PROGRAM = str(pathlib.Path(ARGS.program).resolve())
HEAD, PIECE = "a" * 40, 1 << 20


class Sink(http.server.BaseHTTPRequestHandler):
    """As much of a Hub as one push needs."""
    protocol_version = "HTTP/1.1"
    parts, joined, committed = {}, None, None
    lock = threading.Lock()

    def answer(self, value, headers=(), status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])).splitlines()[-1])

    def do_GET(self):
        if "/tree/" in self.path:
            oid, size = Sink.committed or ("", 0)
            rows = [{"type": "file", "path": "huge.bin", "size": size, "oid": HEAD, "lfs": {"oid": oid, "size": size, "pointerSize": 130}}]
            return self.answer(rows if oid else [])
        return self.answer({"id": "me/huge", "sha": HEAD, "private": True})

    def do_PUT(self):
        left = size = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, PIECE)))
        with Sink.lock:
            Sink.parts[int(self.path.rsplit("/", 1)[1])] = size
        self.answer({}, [("ETag", f'"{self.path}"')])

    def do_POST(self):
        body = self.body()
        if "/preupload/" in self.path:
            return self.answer({"files": [{"path": row["path"], "uploadMode": "lfs", "shouldIgnore": False} for row in body["files"]]})
        if self.path.endswith("/objects/batch"):
            (item,) = body["objects"]
            chunk, here = ARGS.part_gb * 1_000_000_000, f"http://127.0.0.1:{self.server.server_port}"
            header = {"chunk_size": str(chunk), **{str(n + 1): f"{here}/part/{n + 1}" for n in range(-(-item["size"] // chunk))}}
            return self.answer({"transfer": "multipart", "objects": [{**item, "actions": {"upload": {"href": here + "/join", "header": header}}}]})
        if self.path == "/join":
            Sink.joined = [part["partNumber"] for part in body["parts"]]
            return self.answer({})
        Sink.committed = body["value"]["oid"], body["value"]["size"]
        return self.answer({"commitOid": "b" * 40, "commitUrl": "/me/huge/commit/b"})

    def log_message(self, *_):
        pass


def main():
    size = ARGS.gb * 1_000_000_000 + 7
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="slipway-bench-") as folder:
        with open(pathlib.Path(folder) / "huge.bin", "wb") as out:
            out.truncate(size)
        env = {**os.environ, "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_TOKEN": ""}
        cost = watched([PROGRAM, "push", folder, "me/huge", "--json", "-q"], env)
    server.shutdown()
    digest, zeros = hashlib.sha256(), bytes(1 << 24)
    for at in range(0, size, len(zeros)):
        digest.update(zeros[:min(len(zeros), size - at)])
    assert Sink.committed == (digest.hexdigest(), size), Sink.committed
    assert sum(Sink.parts.values()) == size and Sink.joined == sorted(Sink.parts), (Sink.parts, Sink.joined)
    print(f"{size:,} bytes in {len(Sink.parts)} parts: {cost.wall:.1f} s, {cost.cpu / size * 1e9:.2f} s of CPU a GB, "
          f"peak memory {cost.memory_bytes / 1e6:.0f} MB, the digest right")


if __name__ == "__main__":
    main()
