#!/usr/bin/env python3
"""The Hub cache that slipway pull shares with the stock client, both ways, and files in a folder.

    cache_test.py PROGRAM   (run by the Python of the newer era's venv)
"""
import fcntl
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

from ground import PROGRAM, ROOT, WORK, check, hub, run_checks, slipway

REPO = "slipway-lab/tiny-qwen"
LOOK = """
import sys
from huggingface_hub import hf_hub_download, snapshot_download
from transformers import AutoConfig, AutoTokenizer
repo = sys.argv[1]
print(hf_hub_download(repo, "config.json"))
print(snapshot_download(repo, local_files_only=True))
assert AutoConfig.from_pretrained(repo).model_type == "qwen2"
assert AutoTokenizer.from_pretrained(repo)("hello").input_ids
"""


def prepare():
    for name in ("tiny-qwen", "tiny-llama"):
        slipway("push", str(ROOT / "examples/bases" / name), f"slipway-lab/{name}", "--public")


def cache(name, **more):
    folder = WORK / name
    return folder, dict(os.environ, HF_HUB_CACHE=str(folder), **more)


def pull(env, *words):
    """The exit code and the last line of the program's JSON."""
    done = subprocess.run([PROGRAM, "pull", *map(str, words), "--json", "-q"], capture_output=True, text=True, env=env, check=False)
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


def stock(env, code, *words):
    done = subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.split("\n")


def stock_snapshot(env, repo=REPO):
    return pathlib.Path(stock(env, "import sys; from huggingface_hub import snapshot_download; print(snapshot_download(sys.argv[1]))",
                              repo)[0])


def layout(folder):
    """Every path of a cache but locks: a link's target, a file's size."""
    return {str(path.relative_to(folder)): os.readlink(path) if path.is_symlink() else path.stat().st_size
            for path in folder.rglob("*") if (path.is_symlink() or path.is_file()) and ".locks" not in path.parts
            and path.suffix != ".json" and path.name != "CACHEDIR.TAG"}


@check
def what_was_pulled_is_found_offline_by_the_stock_clients():
    _, env = cache("pulled")
    code, result = pull(env, REPO)
    assert code == 0 and result["bytes"]["received"] > 0, result
    lines = stock(dict(env, HF_HUB_OFFLINE="1", HF_ENDPOINT="http://127.0.0.1:9"), LOOK, REPO)
    assert lines[1] == result["folder"], (lines, result)


@check
def both_lay_the_cache_out_alike():
    ours, env = cache("ours")
    theirs, their_env = cache("theirs", HF_HUB_DISABLE_XET="1")
    assert pull(env, REPO)[0] == 0
    stock_snapshot(their_env)
    assert layout(ours) == layout(theirs), (layout(ours), layout(theirs))
    tree = f"models--{REPO.replace('/', '--')}/trees"
    assert [(p.name, json.loads(p.read_text())) for p in (ours / tree).iterdir()] == \
        [(p.name, json.loads(p.read_text())) for p in (theirs / tree).iterdir()]
    assert (ours / "CACHEDIR.TAG").read_text().splitlines()[0] == (theirs / "CACHEDIR.TAG").read_text().splitlines()[0]


@check
def what_the_stock_client_downloaded_is_not_fetched_again():
    _, env = cache("downloaded", HF_HUB_DISABLE_XET="1")
    folder = stock_snapshot(env)
    code, result = pull(env, REPO)
    assert code == 0 and result["bytes"]["received"] == 0 and result["folder"] == str(folder), result
    code, result = pull(dict(env, HF_HUB_OFFLINE="1", HF_ENDPOINT="http://127.0.0.1:9"), REPO)
    assert code == 0 and result["folder"] == str(folder) and len(result["files"]) > 5, result


@check
def a_snapshot_that_is_not_whole_is_refused_offline():
    _, env = cache("partly")
    assert pull(env, REPO, "--include", "*.json")[0] == 0
    offline = dict(env, HF_HUB_OFFLINE="1", HF_ENDPOINT="http://127.0.0.1:9")
    code, result = pull(offline, REPO)
    assert code == 3 and result["error"]["kind"] == "offline" and "without" in result["error"]["message"], result
    assert pull(offline, REPO, "--include", "*.json")[0] == 0
    assert pull(offline, "slipway-lab/tiny-llama")[0] == 3


@check
def what_the_stock_client_downloaded_is_found_as_base():
    _, env = cache("base", HF_HUB_DISABLE_XET="1")
    folder = stock_snapshot(env, "slipway-lab/tiny-llama")
    run = WORK / "base-run"
    shutil.copytree(ROOT / "examples/runs/chatml-full", run)
    def warned(environment):
        done = subprocess.run([PROGRAM, "publish", str(run), "--base", "slipway-lab/tiny-llama", "--dry-run", "--no-push", "--json",
                               "-q"], capture_output=True, text=True, env=dict(environment, HF_HUB_OFFLINE="1"), check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return {line["code"] for line in map(json.loads, done.stdout.splitlines()) if line["type"] == "warning"}

    assert (folder / "config.json").is_file() and "license-unknown" not in warned(env)
    assert "license-unknown" in warned(cache("no-base")[1])


@check
def without_symlinks_the_files_themselves_stand_in_the_snapshot():
    folder, env = cache("no-links", HF_HUB_DISABLE_SYMLINKS="1")
    code, result = pull(env, REPO)
    assert code == 0, result
    assert not [p for p in folder.rglob("*") if p.is_symlink()]
    assert stock(dict(env, HF_HUB_OFFLINE="1"), LOOK, REPO)[1] == result["folder"]
    assert pull(env, REPO)[1]["bytes"]["received"] == 0
    twins = WORK / "twins"
    twins.mkdir()
    for name in ("a.txt", "b.txt", "c.txt"):
        (twins / name).write_text("the same bytes\n")
    slipway("push", twins, "slipway-lab/twins")
    folder, env = cache("no-links-twins", HF_HUB_DISABLE_SYMLINKS="1")
    code, result = pull(env, "slipway-lab/twins")
    assert code == 0, result
    assert all((pathlib.Path(result["folder"]) / name).read_text() == "the same bytes\n" for name in ("a.txt", "b.txt", "c.txt"))


@check
def the_locks_of_the_stock_client_are_waited_for():
    folder, env = cache("locked")
    assert pull(env, REPO, "--include", "config.json")[0] == 0
    blob = next((folder / "models--slipway-lab--tiny-qwen/blobs").iterdir())
    lock = folder / ".locks/models--slipway-lab--tiny-qwen" / f"{blob.name}.lock"
    assert lock.is_file()
    shutil.rmtree(folder / "models--slipway-lab--tiny-qwen")
    holder = open(lock, "a", encoding="ascii")  # as filelock: an exclusive flock on the file
    fcntl.flock(holder, fcntl.LOCK_EX)
    waiting = subprocess.Popen([PROGRAM, "pull", REPO, "--include", "config.json", "-q"], env=env, stdout=subprocess.DEVNULL)
    time.sleep(1)
    assert waiting.poll() is None and not blob.exists()
    holder.close()
    assert waiting.wait(20) == 0 and blob.is_file()


@check
def files_in_a_folder_are_kept_when_right_and_replaced_when_wrong():
    out = WORK / "out"
    first = slipway("pull", REPO, "--out", out)
    assert first["bytes"]["received"] > 0 and not (out / ".cache").exists(), list(out.iterdir())
    config, before = out / "config.json", (out / "model.safetensors").stat()
    wrong = bytearray(config.read_bytes())
    wrong[5] ^= 1
    config.write_bytes(wrong)
    again = slipway("pull", REPO, "--out", out)
    assert again["bytes"]["received"] == len(wrong), again
    assert config.read_bytes() == (ROOT / "examples/bases/tiny-qwen/config.json").read_bytes()
    assert (out / "model.safetensors").stat().st_ino == before.st_ino


@check
def a_pull_that_was_killed_is_gone_on_with():
    big = WORK / "big"
    big.mkdir()
    (big / "weights.bin").write_bytes(os.urandom(1 << 20) * 600)
    slipway("push", big, "me/big")
    folder, env = cache("killed")
    blobs = folder / "models--me--big/blobs"
    for _ in range(3):
        process = subprocess.Popen([PROGRAM, "pull", "me/big", "-q", "--jobs", "2"], env=env, stdout=subprocess.DEVNULL)
        begin = sum(p.read_text().count("part ") for p in blobs.glob("*.state")) if blobs.is_dir() else 0
        deadline = time.time() + 60
        while process.poll() is None and time.time() < deadline:
            if sum(p.read_text().count("part ") for p in blobs.glob("*.state")) > begin:
                break
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
    code, result = pull(env, "me/big")
    size = (big / "weights.bin").stat().st_size
    assert code == 0 and result["bytes"]["received"] < size, result
    assert result["bytes"]["received"] + result["bytes"]["already_there"] >= size, result
    assert (pathlib.Path(result["folder"]) / "weights.bin").read_bytes() == (big / "weights.bin").read_bytes()
    assert [p.name for p in blobs.iterdir() if "incomplete" in p.name] == []


def main():
    with hub():
        prepare()
        return run_checks()


if __name__ == "__main__":
    sys.exit(main())
