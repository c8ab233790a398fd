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


FAULTS = [{"match": {"method": "PUT", "target": "*/parts/*"}, "skip": 1, "action": "answer"},
          {"match": {"target": "*/complete/*"}, "action": "lose_reply"}]


@check
def stock_upload_in_parts_works_though_a_part_fails_and_a_reply_is_lost():
    from huggingface_hub import HfApi, hf_hub_download
    big = WORK / "big.bin"
    big.write_bytes(os.urandom(2_500_000))
    stock("create_repo('me/parts'); upload_file(repo_id='me/parts', path_in_repo='big.bin', path_or_fileobj=sys.argv[1]); "
          "print('0')", big)
    puts = [row for row in recorded() if row["method"] == "PUT" and "/parts/" in row["target"]]
    assert [(row["body_bytes"], row["status"]) for row in puts] == [
        (1_000_000, 200), (1_000_000, 503), (1_000_000, 200), (500_000, 200)], puts
    ends = [row for row in recorded() if row["method"] == "POST" and "/complete/" in row["target"]]
    assert [(row["status"], row["cut"]) for row in ends] == [(0, True), (200, False)], ends
    assert not any(name.lower() == "authorization" for row in puts for name, _ in row["headers"])
    assert pathlib.Path(hf_hub_download("me/parts", "big.bin")).read_bytes() == big.read_bytes()
    HfApi().delete_repo("me/parts")


@check
def stock_pull_requests_work():
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, hf_hub_download
    api, repo = HfApi(), "me/pulls"
    def add(path, text):
        return CommitOperationAdd(path_in_repo=path, path_or_fileobj=text.encode())
    def text(path, revision="main"):
        return pathlib.Path(hf_hub_download(repo, path, revision=revision)).read_text()
    api.create_repo(repo)
    api.create_commit(repo, [add("a.txt", "1"), add("b.txt", "1")], commit_message="first")
    before = api.repo_info(repo).sha
    made = api.create_commit(repo, [add("a.txt", "2")], commit_message="second", commit_description="why", create_pr=True)
    assert made.pr_num == 1 and made.pr_revision == "refs/pr/1", made
    api.create_commit(repo, [CommitOperationDelete("b.txt")], commit_message="third", revision=made.pr_revision)
    assert api.repo_info(repo).sha == before and text("a.txt", made.pr_revision) == "2"
    details = api.get_discussion_details(repo, 1)
    assert (details.title, details.status, details.target_branch) == ("second", "open", "refs/heads/main"), details
    assert [e.type for e in details.events] == ["comment", "commit", "commit"] and details.conflicting_files == []
    assert details.events[0].content == "why" and details.events[1].oid == made.oid
    tree = WORK / "tree"
    tree.mkdir()
    for name in ("a.txt", "b.txt"):
        (tree / name).write_text("1")
    subprocess.run(["git", "apply", "-"], cwd=tree, input=details.diff, text=True, check=True)
    assert (tree / "a.txt").read_text() == "2" and not (tree / "b.txt").exists(), details.diff
    draft = api.create_pull_request(repo, "a draft", description="later")
    assert draft.status == "draft" and draft.git_reference == "refs/pr/2", draft
    api.create_commit(repo, [add("a.txt", "3")], commit_message="fourth", revision=draft.git_reference)
    api.merge_pull_request(repo, 1, comment="thanks")
    merged = api.get_discussion_details(repo, 1)
    assert merged.status == "merged" and merged.merge_commit_oid == api.repo_info(repo).sha, merged
    assert text("a.txt") == "2" and not api.file_exists(repo, "b.txt")
    assert [c.title for c in api.list_repo_commits(repo)] == ["second (#1)", "first", "initial commit"]
    assert api.get_discussion_details(repo, 2).conflicting_files == ["a.txt"]
    assert api.change_discussion_status(repo, 2, "open").new_status == "open"
    try:
        api.merge_pull_request(repo, 2)
        raise AssertionError("a conflict was merged")
    except Exception as error:  # noqa: BLE001
        assert "conflicts with its branch in a.txt" in str(error) and error.response.status_code == 409, error
    assert api.comment_discussion(repo, 2, "a pity").content == "a pity"
    assert api.rename_discussion(repo, 2, "given up").new_title == "given up"
    assert api.change_discussion_status(repo, 2, "closed").new_status == "closed"
    api.create_discussion(repo, "a question", description="what?")
    assert [(d.num, d.title, d.status, d.is_pull_request) for d in api.get_repo_discussions(repo)] == [
        (3, "a question", "open", False), (2, "given up", "closed", True), (1, "second", "merged", True)]
    assert [d.num for d in api.get_repo_discussions(repo, discussion_type="pull_request", discussion_status="closed")] == [2, 1]
    refs = api.list_repo_refs(repo, include_pull_requests=True)
    assert {r.ref for r in refs.pull_requests} == {"refs/pr/1", "refs/pr/2"} and [b.name for b in refs.branches] == ["main"]
    folder = WORK / "folder"
    folder.mkdir()
    (folder / "w.safetensors").write_bytes(os.urandom(100))
    url = stock("print(json.dumps(upload_folder(repo_id='me/pulls', folder_path=sys.argv[1], create_pr=True).pr_url))", folder)
    assert url.endswith("/me/pulls/discussions/4") and api.get_discussion_details(repo, 4).status == "open", url
    api.delete_repo(repo)


@check
def stock_clients_follow_a_rename_and_see_a_gate():
    from huggingface_hub import HfApi, hf_hub_download
    api = HfApi()
    api.create_repo("me/before")
    api.upload_file(repo_id="me/before", path_in_repo="a.txt", path_or_fileobj=b"text")
    api.move_repo("me/before", "me/after")
    assert api.model_info("me/before").id == "me/after" and api.list_repo_files("me/before") == [".gitattributes", "a.txt"]
    assert pathlib.Path(hf_hub_download("me/before", "a.txt")).read_text() == "text"
    api.upload_file(repo_id="me/before", path_in_repo="b.txt", path_or_fileobj=b"more")
    assert api.file_exists("me/after", "b.txt")
    api.update_repo_settings("me/after", gated="manual")
    assert api.model_info("me/after").gated == "manual"
    api.update_repo_settings("me/after", gated=False)
    assert api.model_info("me/after").gated is False
    assert len(api.list_repo_commits("me/after")) == 3
    api.delete_repo("me/after")


@check
def stock_clients_name_a_gated_repository():
    code = """
import os
from huggingface_hub.errors import GatedRepoError
owner, guest = sys.argv[2:]
api = HfApi(endpoint=sys.argv[1])
api.create_repo("me/gated", token=owner)
api.upload_file(repo_id="me/gated", path_in_repo="a.txt", path_or_fileobj=b"text", token=owner)
api.update_repo_settings("me/gated", gated="auto", token=owner)
seen = []
for token in (False, guest, owner):
    try:
        hf_hub_download("me/gated", "a.txt", endpoint=sys.argv[1], token=token, cache_dir=os.environ["HF_HOME"] + "/gated")
        seen.append("read")
    except GatedRepoError as error:
        seen.append(error.response.status_code)
print(json.dumps(seen + [api.model_info("me/gated", token=False).gated]))
"""
    root = str(WORK / "closed")
    tokens = [subprocess.run([PROGRAM, "hub", "token", "create", "--root", root, "--user", user, "--role", "write"],
                             capture_output=True, text=True, check=True).stdout.strip() for user in ("me", "guest")]
    open_hub = os.environ["HF_ENDPOINT"]
    try:
        with hub(root="closed"):
            assert stock(code, os.environ["HF_ENDPOINT"], *tokens) == [401, 403, "read", "auto"]
    finally:
        os.environ["HF_ENDPOINT"] = open_hub


@check
def stock_clients_read_empty_files_and_long_histories():
    from huggingface_hub import HfApi, hf_hub_download
    api = HfApi()
    api.create_repo("me/empty")
    api.upload_file(repo_id="me/empty", path_in_repo="nothing.txt", path_or_fileobj=b"")
    assert pathlib.Path(hf_hub_download("me/empty", "nothing.txt")).read_bytes() == b""
    for i in range(60):
        api.upload_file(repo_id="me/empty", path_in_repo=f"many/{i}.txt", path_or_fileobj=str(i).encode())
    assert len(api.list_repo_commits("me/empty")) == 62
    assert len(list(api.list_repo_tree("me/empty", "many", expand=True))) == 60
    api.delete_repo("me/empty")


@check
def slipways_cache_is_the_stock_clients_cache():
    from huggingface_hub import hf_hub_download
    cache = WORK / "shared-cache"
    env = dict(os.environ, HF_HUB_CACHE=str(cache))
    subprocess.run([PROGRAM, "pull", FULL, "-q"], env=env, check=True, stdout=subprocess.DEVNULL)
    path = hf_hub_download(FULL, "config.json", cache_dir=cache, local_files_only=True)
    assert pathlib.Path(path).is_symlink() and json.loads(pathlib.Path(path).read_text())["model_type"] == "llama"


def main():
    (WORK / "faults").write_text(json.dumps(FAULTS))
    with hub("--multipart-from", "2MB", "--multipart-part", "1MB", "--record", str(WORK / "requests"), "--faults",
             str(WORK / "faults")):
        prepare()
        return run_checks()


if __name__ == "__main__":
    sys.exit(main())
