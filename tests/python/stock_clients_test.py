#!/usr/bin/env python3
"""The stock Hub client against the embedded Hub: cards, snapshots, uploads, branches and tags, the shared cache.

    stock_clients_test.py PROGRAM   (run by the Python of the newer era's venv)
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

from ground import PROGRAM, ROOT, WORK, check, hub, run_checks, slipway


def prepare():
    shutil.copytree(ROOT / "examples/runs", WORK / "runs")
    for base in ("tiny-llama", "tiny-qwen"):
        slipway("push", str(ROOT / "examples/bases" / base), f"slipway-lab/{base}", "--public")
    slipway("publish", str(WORK / "runs/chatml-full"), "--recipe", str(ROOT / "examples/recipes/chatml-full.yaml"))
    slipway("publish", str(WORK / "runs/lora"), "--recipe", str(ROOT / "examples/recipes/lora.yaml"), "--to",
            "slipway-lab/tiny-qwen-lora", "--public")


FULL, ADAPTER = "slipway-lab/tiny-llama-sft", "slipway-lab/tiny-qwen-lora"


@check
def stock_card_reader_reads_both_cards():
    from huggingface_hub import ModelCard
    full, adapter = ModelCard.load(FULL).data, ModelCard.load(ADAPTER).data
    assert full.base_model == "slipway-lab/tiny-llama" and full.license == "apache-2.0", full
    assert "alignment-handbook" in full.tags and full.pipeline_tag == "text-generation", full
    assert adapter.library_name == "peft" and adapter.base_model == "slipway-lab/tiny-qwen", adapter


@check
def snapshot_download_gets_every_published_file():
    from huggingface_hub import HfApi, snapshot_download
    folder = pathlib.Path(snapshot_download(FULL, local_dir=WORK / "snapshot"))
    for name in HfApi().list_repo_files(FULL):
        assert (folder / name).is_file(), name
    assert (folder / "config.json").read_bytes() == (WORK / "runs/chatml-full/config.json").read_bytes()


@check
def stock_upload_by_lfs_works():
    from huggingface_hub import HfApi
    code = ("import sys; from huggingface_hub import HfApi; api = HfApi(); api.create_repo('me/stock', exist_ok=True); "
            "api.create_repo('me/stock', exist_ok=True); "
            "print(api.upload_folder(repo_id='me/stock', folder_path=sys.argv[1]).oid)")
    done = subprocess.run([sys.executable, "-c", code, str(ROOT / "examples/bases/tiny-qwen")], capture_output=True, text=True,
                          env=dict(os.environ, HF_HUB_DISABLE_XET="1"), check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    entries = {e.path: e for e in HfApi().list_repo_tree("me/stock", recursive=True)}
    assert entries["model.safetensors"].lfs is not None and entries["config.json"].lfs is None
    api = HfApi()
    api.create_branch("me/stock", branch="side")
    api.create_tag("me/stock", tag="v1")
    assert {b.name for b in api.list_repo_refs("me/stock").branches} == {"main", "side"}
    assert api.repo_exists("me/stock") and not api.repo_exists("me/absent")
    api.delete_repo("me/stock")
    assert not api.repo_exists("me/stock")


def recorded():
    return [json.loads(line) for line in (WORK / "requests").read_text().splitlines()]


def stock(code, *words):
    """Runs a script on the stock client, which sends by LFS; its output as JSON."""
    done = subprocess.run([sys.executable, "-c", "import json, sys\nfrom huggingface_hub import *\n" + code, *map(str, words)],
                          capture_output=True, text=True, env=dict(os.environ, HF_HUB_DISABLE_XET="1"), check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@check
def stock_upload_in_parts_works():
    from huggingface_hub import HfApi, hf_hub_download
    big = WORK / "big.bin"
    big.write_bytes(os.urandom(2_500_000))
    stock("create_repo('me/parts'); upload_file(repo_id='me/parts', path_in_repo='big.bin', path_or_fileobj=sys.argv[1]); "
          "print('0')", big)
    puts = [row for row in recorded() if row["method"] == "PUT" and "/parts/" in row["target"]]
    assert [row["body_bytes"] for row in puts] == [1_000_000, 1_000_000, 500_000], puts
    assert not any(name.lower() == "authorization" for row in puts for name, _ in row["headers"])
    assert pathlib.Path(hf_hub_download("me/parts", "big.bin")).read_bytes() == big.read_bytes()
    HfApi().delete_repo("me/parts")


@check
def slipways_cache_is_the_stock_clients_cache():
    from huggingface_hub import hf_hub_download
    cache = WORK / "shared-cache"
    env = dict(os.environ, HF_HUB_CACHE=str(cache))
    subprocess.run([PROGRAM, "pull", FULL, "-q"], env=env, check=True, stdout=subprocess.DEVNULL)
    path = hf_hub_download(FULL, "config.json", cache_dir=cache, local_files_only=True)
    assert pathlib.Path(path).is_symlink() and json.loads(pathlib.Path(path).read_text())["model_type"] == "llama"


def main():
    with hub("--multipart-from", "2MB", "--multipart-part", "1MB", "--record", str(WORK / "requests")):
        prepare()
        return run_checks()


if __name__ == "__main__":
    sys.exit(main())
