#!/usr/bin/env python3
"""Our client beside huggingface_hub (without Xet): the same folders, published by each to an embedded Hub that records requests.

    against_stock_client_test.py PROGRAM   (run by the v5 venv)

Trees, object ids and refs are equal. Requests are held beside each other route by route: method, header names and values, members of
the body. What differs stands in DIFFERENCES with its reason, and nothing else may.
"""
import json
import os
import re
import subprocess
import sys

from ground import WORK, check, hub, run_checks, slipway

REPO = "me/model"
OURS, STOCK = "only ours", "only the stock client's"
ENDPOINTS = {}  # of the Hub that each has for itself
# Of every request: what names the client, the machine or this one call.
VOLATILE = {"host", "user-agent", "content-length", "x-amzn-trace-id", "connection", "accept", "accept-encoding", "transfer-encoding",
            "x-request-id"}
# (route, what differs) -> who has it, and why.
DIFFERENCES = {
    ("GET /api/models/REPO", "request"): (OURS, "whether a repository without the branch is there at all"),
    ("GET /api/models/REPO/tree/SHA", "request"): (OURS, "what is there before the release, and what the server made of it after"),
    ("GET /api/models/REPO/tree/main", "request"): (STOCK, "for its delete patterns alone"),
    ("POST /REPO/lfs/verify", "header content-type: application/vnd.git-lfs+json"): (OURS, "the type that git-lfs gives it"),
    ("POST /REPO/lfs/verify", "header content-type: application/json"): (STOCK, "ours is git-lfs's"),
    ("POST /api/models/REPO/commit/main", "body header.value.parentCommit: str"): (OURS, "a branch that moved is noticed"),
    ("POST /api/repos/create", "body .private: bool"): (OURS, "for Hubs that do not know visibility"),
    ("POST /api/repos/create", "body .type: str"): (OURS, "said, where the stock client leaves the default"),
}


def make_folder():
    folder = WORK / "folder"
    (folder / "sub dir" / "é").mkdir(parents=True)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Card\n")
    (folder / "config.json").write_text('{"a": 1}\n')
    (folder / "empty.txt").write_text("")
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 400)
    (folder / "large.bin").write_bytes(bytes(range(251)) * 10_000)
    (folder / "sub dir" / "é" / "note +%.txt").write_text("words\n")
    (folder / "sub dir" / "blob.data").write_bytes(b"\0\1\2" * 1000)
    return folder


def stock_push(folder, message, deleted=()):
    code = ("import sys\nfrom huggingface_hub import HfApi\napi = HfApi()\napi.create_repo(sys.argv[2], private=True, exist_ok=True)\n"
            "api.upload_folder(repo_id=sys.argv[2], folder_path=sys.argv[1], commit_message=sys.argv[3], delete_patterns=sys.argv[4:] or None)\n")
    subprocess.run([sys.executable, "-c", code, folder, REPO, message, *deleted], check=True, stderr=subprocess.DEVNULL,
                   env={**os.environ, "HF_HUB_DISABLE_XET": "1", "HF_ENDPOINT": ENDPOINTS[STOCK]})


def our_push(folder, message, deleted=()):
    slipway("push", folder, REPO, "--endpoint", ENDPOINTS[OURS], "--commit-message", message,
            *[word for glob in deleted for word in ("--delete", glob)])


def api(who):
    from huggingface_hub import HfApi
    return HfApi(endpoint=ENDPOINTS[who], library_name="checks")


def tree(who):
    rows = api(who).list_repo_tree(REPO, recursive=True)
    return sorted((row.path, getattr(row, "blob_id", None), getattr(row, "size", None), getattr(getattr(row, "lfs", None), "sha256", None)) for row in rows)


def refs(who):
    found = api(who).list_repo_refs(REPO, include_pull_requests=True)
    return [[ref.name for ref in rows] for rows in (found.branches, found.tags, found.pull_requests)]


def both(folder, message, deleted=()):
    our_push(folder, message, deleted)
    stock_push(folder, message, deleted)
    assert tree(OURS) == tree(STOCK)


@check
def the_same_folder_gives_the_same_tree_and_refs():
    folder = make_folder()
    both(folder, "First")
    (folder / "config.json").write_text('{"a": 2}\n')
    (folder / "large.bin").write_bytes(b"another" * 400_000)
    (folder / "empty.txt").unlink()
    both(folder, "Second", ["*.txt", "no such*"])
    both(folder, "Third")
    assert refs(OURS) == refs(STOCK)
    ours, stock = ([row.title for row in api(who).list_repo_commits(REPO)] for who in (OURS, STOCK))
    assert ours == stock, (ours, stock)


def log_of(who):
    return WORK / f"requests of {who}"


def route_of(target):
    path, _, query = target.partition("?")
    path = re.sub(r"me/model(?=[/.]|$)", "REPO", path)
    path = re.sub(r"\b[0-9a-f]{64}\b/\d+", "OID/SIZE", path)
    path = re.sub(r"\b[0-9a-f]{40}\b", "SHA", path)
    path = re.sub(r"/parts/.*", "/parts/...", path)
    return path, sorted(part.partition("=")[0] for part in query.split("&") if part)


def shape(value, at=""):
    """The members of a JSON value as paths, lists taken as one."""
    if isinstance(value, dict):
        return set().union(*[shape(member, f"{at}.{key}") for key, member in value.items()]) if value else {at + "{}"}
    if isinstance(value, list):
        return set().union(*[shape(member, at + "[]") for member in value]) if value else {at + "[]"}
    return {f"{at}: {type(value).__name__}"}


def fields_of(row):
    fields = {f"header {name.lower()}: {value}" for name, value in row["headers"] if name.lower() not in VOLATILE}
    kind = next((value for name, value in row["headers"] if name.lower() == "content-type"), "")
    if row.get("body") and "json" in kind:
        for line in row["body"].splitlines():
            value = json.loads(line)
            fields |= {f"body {value.get('key', '') if 'ndjson' in kind else ''}{path}" for path in shape(value)}
    return fields


def requests_of(who):
    """route -> the union of what its requests hold."""
    found = {}
    for line in log_of(who).read_text().splitlines():
        row = json.loads(line)
        if any(name.lower() == "user-agent" and value.startswith("checks/") for name, value in row["headers"]):
            continue
        path, query = route_of(row["target"])
        fields = found.setdefault(f"{row['method']} {path}", set())
        fields |= fields_of(row) | {f"query {name}" for name in query}
    return found


@check
def requests_differ_only_where_it_is_said():
    ours, stock = requests_of(OURS), requests_of(STOCK)
    found = {}
    for route in sorted(set(ours) | set(stock)):
        if route not in stock or route not in ours:
            found[route, "request"] = OURS if route in ours else STOCK
            continue
        for field in sorted(ours[route] ^ stock[route]):
            found[route, field] = OURS if field in ours[route] else STOCK
    wanted = {key: who for key, (who, _) in DIFFERENCES.items()}
    new = [f"{who}: {key}" for key, who in found.items() if wanted.get(key) != who]
    gone = [f"{who}: {key}" for key, who in wanted.items() if found.get(key) != who]
    assert not new and not gone, "\nnot said:\n  " + "\n  ".join(new) + "\nsaid, and not so:\n  " + "\n  ".join(gone)


def main():
    flags = ["--multipart-from", "2MB", "--multipart-part", "1MB", "--record"]
    with hub(*flags, str(log_of(OURS)), root="ours") as ENDPOINTS[OURS], hub(*flags, str(log_of(STOCK)), root="stock") as ENDPOINTS[STOCK]:
        return run_checks()


if __name__ == "__main__":
    sys.exit(main())
