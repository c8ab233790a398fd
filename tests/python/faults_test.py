#!/usr/bin/env python3
"""What goes wrong on the way, as the embedded Hub does it on demand: the documented outcome each, through the program and real sockets.

    faults_test.py PROGRAM
"""
import hashlib
import http.server
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import threading
import time

from ground import PROGRAM, ROOT, WORK, check, run_checks

DICE = random.Random(3)
LARGE = DICE.randbytes(3_000_000)


class Hub:
    """A Hub of its own for one check, with rules, tokens and a port that stays over a restart."""

    def __init__(self, name, *rules, flags=()):
        self.folder = WORK / name
        self.folder.mkdir()
        self.rules, self.flags, self.port = self.folder / "rules.json", flags, 0
        self.rules.write_text(json.dumps(rules))
        self.start()

    def start(self):
        words = ["hub", "serve", "--root", str(self.folder / "hub"), "--port", str(self.port), "--json", "--faults", str(self.rules),
                 "--record", str(self.folder / "requests"), *self.flags]
        self.server = subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.endpoint = json.loads(self.server.stdout.readline())["endpoint"]
        self.port = int(self.endpoint.rsplit(":", 1)[1])

    def stop(self, hard=False):
        (self.server.kill if hard else self.server.terminate)()
        self.server.wait(timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def token(self, *words):
        done = subprocess.run([PROGRAM, "hub", "token", *words, "--root", str(self.folder / "hub")], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def requests(self, method, part):
        rows = [json.loads(line) for line in (self.folder / "requests").read_text().splitlines()]
        return [row for row in rows if row["method"] == method and part in row["target"]]

    def start_command(self, *words, token=None, **environment):
        given = {key: value for key, value in os.environ.items() if not key.startswith("HF_TOKEN")}
        given.update({"HF_ENDPOINT": self.endpoint, **({"HF_TOKEN": token} if token else {}), **environment})
        return subprocess.Popen([PROGRAM, *map(str, words), "--json"], env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words, token=None, **environment):
        return ended(self.start_command(*words, token=token, **environment))


def ended(process):
    out, err = process.communicate(timeout=180)
    result = json.loads(out.splitlines()[-1])
    assert result["exit_code"] == process.returncode, (result, process.returncode)
    return result, err


def rule(action, target, method="", **more):
    return {"match": {"target": target, **({"method": method} if method else {})}, "action": action, **more}


def folder_of(name):
    folder = WORK / f"{name} folder"
    folder.mkdir()
    (folder / "large.bin").write_bytes(LARGE)
    (folder / "note.txt").write_text("words\n")
    return folder


PARTS = ("--multipart-from", "1MB", "--multipart-part", "1MB")


@check
def an_expired_upload_address_is_renewed():
    for flags in ((), PARTS):
        name = "expired parts" if flags else "expired"
        with Hub(name, rule("expire", "*/lfs/objects/*", "PUT", skip=1 if flags else 0), flags=flags) as hub:
            result, err = hub.run("push", folder_of(name), "me/model")
            assert result["exit_code"] == 0, err
            assert len(hub.requests("POST", "/objects/batch")) == 2


@check
def a_cut_upload_is_sent_again():
    for flags in ((), PARTS):
        name = "cut parts" if flags else "cut"
        with Hub(name, rule("cut_request", "*/lfs/objects/*", "PUT", bytes=500_000, times=2), flags=flags) as hub:
            result, err = hub.run("push", folder_of(name), "me/model")
            assert result["exit_code"] == 0, err


@check
def a_hub_that_restarts_in_the_middle_is_waited_for():
    with Hub("restart", rule("stall", "*/lfs/objects/*", "PUT", seconds=60)) as hub:
        process = hub.start_command("push", folder_of("restart"), "me/model")
        wait_for(lambda: (hub.folder / "requests").exists() and hub.requests("POST", "/objects/batch"))
        time.sleep(0.3)
        hub.stop(hard=True)
        hub.rules.write_text("[]")
        hub.start()
        result, err = ended(process)
        assert result["exit_code"] == 0, err


def wait_for(condition):
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)


@check
def a_token_revoked_in_the_middle_is_said_and_nothing_is_lost():
    with Hub("revoked", rule("delay", "*/commit/*", "POST", seconds=2)) as hub:
        token, other = (hub.token("create", "--user", "me", "--role", "write") for _ in range(2))
        process = hub.start_command("push", folder_of("revoked"), "me/model", token=token)
        wait_for(lambda: hub.requests("POST", "/lfs/verify"))
        (identity, *_) = [row.split()[0] for row in hub.token("list").splitlines() if row.strip()][-2:]
        hub.token("revoke", identity)
        result, err = ended(process)
        assert (result["exit_code"], result["error"]["kind"]) == (11, "unauthorized"), result
        assert "HF_TOKEN" in result["error"]["message"] and token not in result["error"]["message"] + err
        sent = len(hub.requests("PUT", "/lfs/objects/"))
        result, err = hub.run("push", WORK / "revoked folder", "me/model", token=other)
        assert result["exit_code"] == 0 and len(hub.requests("PUT", "/lfs/objects/")) == sent, result


@check
def a_lost_answer_to_a_commit_makes_no_second_one():
    with Hub("lost", rule("lose_reply", "*/commit/*", "POST")) as hub:
        result, err = hub.run("push", folder_of("lost"), "me/model")
        assert result["exit_code"] == 0, err
        assert len(hub.requests("POST", "/commit/main")) == 1


@check
def a_file_that_comes_damaged_never_gets_its_name():
    oid = hashlib.sha256(LARGE).hexdigest()
    damaged = {"match": {"method": "GET", "oid": oid}, "action": "corrupt", "bytes": 77, "times": 100}
    with Hub("damaged", damaged) as hub:
        assert hub.run("push", folder_of("damaged"), "me/model")[0]["exit_code"] == 0
        got = WORK / "damaged copy"
        result, _ = hub.run("pull", "me/model", "--out", got)
        assert (result["exit_code"], result["error"]["kind"]) == (5, "corrupt_data"), result
        assert not (got / "large.bin").exists()


@check
def a_download_that_is_cut_goes_on_where_it_was():
    oid = hashlib.sha256(LARGE).hexdigest()
    with Hub("cut short", {"match": {"method": "GET", "oid": oid}, "action": "cut_reply", "bytes": 1_000_000, "times": 2}) as hub:
        assert hub.run("push", folder_of("cut short"), "me/model")[0]["exit_code"] == 0
        got = WORK / "cut copy"
        result, err = hub.run("pull", "me/model", "--out", got)
        assert result["exit_code"] == 0, err
        assert (got / "large.bin").read_bytes() == LARGE
        ranges = [value for row in hub.requests("GET", "/resolve/") for name, value in row["headers"] if name.lower() == "range"]
        assert ranges, "it began anew"


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Another host, to which downloads are redirected."""
    seen = []

    def do_GET(self):
        Elsewhere.seen.append(dict(self.headers))
        first, last = 0, len(LARGE) - 1
        if "Range" in self.headers:
            begin, _, end = self.headers["Range"].removeprefix("bytes=").partition("-")
            first, last = int(begin), min(int(end or last), last)
        self.send_response(206 if "Range" in self.headers else 200)
        if "Range" in self.headers:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(LARGE)}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        self.wfile.write(LARGE[first:last + 1])

    def log_message(self, *_):
        pass


@check
def another_host_gets_the_request_and_never_the_token():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://localhost:{server.server_port}/object"
    away = rule("answer", "*/resolve/*/large.bin", "GET", status=302, headers={"Location": address}, times=100)
    with Hub("redirect", away) as hub:
        token = hub.token("create", "--user", "me", "--role", "write")
        assert hub.run("push", folder_of("redirect"), "me/model", token=token)[0]["exit_code"] == 0
        result, err = hub.run("pull", "me/model", "--out", WORK / "redirected", token=token)
        assert result["exit_code"] == 0, err
        assert Elsewhere.seen and not any("authorization" in map(str.lower, headers) for headers in Elsewhere.seen)
        assert (WORK / "redirected" / "large.bin").read_bytes() == LARGE
    server.shutdown()


@check
def a_rate_limit_of_thirty_seconds_is_waited_for_and_said():
    limited = rule("answer", "*/preupload/*", "POST", status=429, headers={"RateLimit": '"api";r=0;t=30'}, body='{"error":"slow down"}')
    with Hub("limited", limited) as hub:
        begin = time.monotonic()
        result, err = hub.run("push", folder_of("limited"), "me/model")
        assert result["exit_code"] == 0, err
        assert 30 < time.monotonic() - begin < 90 and "31 s" in err, err


@check
def a_rate_limit_past_every_patience_is_for_later():
    limited = rule("answer", "*/preupload/*", "POST", status=429, headers={"RateLimit": '"api";r=0;t=3000'}, times=100)
    with Hub("patience", limited) as hub:
        result, _ = hub.run("push", folder_of("patience"), "me/model")
        assert result["exit_code"] == 75 and "3001 s" in result["error"]["message"], result


@check
def the_token_is_written_nowhere():
    run = WORK / "secret run"
    shutil.copytree(ROOT / "examples/runs/chatml-full", run)
    with Hub("secret", rule("answer", "*/commit/*", "POST", status=403, body='{"error":"no"}')) as hub:
        token = hub.token("create", "--user", "me", "--role", "write")
        process = hub.start_command("publish", run, "--to", "me/model", "-v", token=token)
        words = pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        out, err = process.communicate(timeout=120)
        assert process.returncode == 11, (out, err)
        again = hub.start_command("publish", run, "--to", "me/model", "-v", token=token)
        out_again, err_again = again.communicate(timeout=120)
        assert again.returncode == 0, err_again
        assert token.encode() not in words and not children, (words, children)
        assert token not in out + err + out_again + err_again
        for path in [*run.rglob("*"), *(hub.folder).rglob("*")]:
            assert not path.is_file() or token.encode() not in path.read_bytes(), path


if __name__ == "__main__":
    sys.exit(run_checks())
