#!/usr/bin/env python3
"""Stock loaders against the embedded Hub: what was published loads, and generation stops.

    stock_loaders_test.py PROGRAM   (the slipway program; run by the Python of the oracles' venv)

Each check counts; the last line is "N passed, N failed".
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
WORK = pathlib.Path(tempfile.mkdtemp(prefix="slipway-loaders-"))
os.environ.update(HF_HOME=str(WORK / "home"), HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_PROGRESS_BARS="1",
                  OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false", CUDA_VISIBLE_DEVICES="")
os.environ.pop("HF_TOKEN", None)
NEW_TOKENS = 48
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


@contextlib.contextmanager
def hub():
    """An embedded Hub on a free port; HF_ENDPOINT points at it before any Hub library is imported."""
    server = subprocess.Popen([PROGRAM, "hub", "serve", "--root", str(WORK / "hub"), "--port", "0", "--json"],
                              stdout=subprocess.PIPE, text=True)
    try:
        os.environ["HF_ENDPOINT"] = json.loads(server.stdout.readline())["endpoint"]
        yield
    finally:
        server.terminate()
        assert server.wait(timeout=20) == 0, "the Hub did not end cleanly"


def slipway(*words):
    done = subprocess.run([PROGRAM, *words, "--json", "-q"], capture_output=True, text=True, check=False)
    result = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, result
    return result


def prepare():
    shutil.copytree(ROOT / "examples/runs", WORK / "runs")
    for base in ("tiny-llama", "tiny-qwen"):
        slipway("push", str(ROOT / "examples/bases" / base), f"slipway-lab/{base}", "--public")
    slipway("publish", str(WORK / "runs/chatml-full"), "--recipe", str(ROOT / "examples/recipes/chatml-full.yaml"))
    slipway("publish", str(WORK / "runs/lora"), "--recipe", str(ROOT / "examples/recipes/lora.yaml"), "--to",
            "slipway-lab/tiny-qwen-lora", "--public")


FULL, ADAPTER = "slipway-lab/tiny-llama-sft", "slipway-lab/tiny-qwen-lora"
QUESTION = [{"role": "user", "content": "What does the crane do?"}]


def answer(model, tokenizer, **more):
    inputs = tokenizer.apply_chat_template(QUESTION, add_generation_prompt=True, return_dict=True, return_tensors="pt")
    output = model.generate(**inputs, do_sample=False, **{"max_new_tokens": NEW_TOKENS, **more})
    return output[0][inputs["input_ids"].shape[1]:].tolist()


def load_full(where):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    return AutoModelForCausalLM.from_pretrained(where, dtype=torch.bfloat16), AutoTokenizer.from_pretrained(where)


@check
def full_model_loads_with_the_runs_own_tensors():
    from safetensors.torch import load_file
    model, _ = load_full(FULL)
    state = model.state_dict()
    names = 0
    for shard in sorted((ROOT / "examples/runs/chatml-full").glob("model-*.safetensors")):
        for name, tensor in load_file(shard).items():
            assert state[name].dtype == tensor.dtype and (state[name] == tensor).all(), name
            names += 1
    assert names == len(state), (names, len(state))


@check
def full_model_uses_its_kv_cache():
    model, _ = load_full(FULL)
    assert model.config.use_cache is True
    assert model.generation_config.use_cache in (None, True)


@check
def unfixed_full_model_runs_on_and_the_published_one_stops_at_its_turn_end():
    before = answer(*load_full(str(ROOT / "examples/runs/chatml-full")))
    model, tokenizer = load_full(FULL)
    after = answer(model, tokenizer)
    stop = tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert len(before) == NEW_TOKENS, before
    assert len(after) < NEW_TOKENS and after[-1] == stop, after
    assert stop in model.generation_config.eos_token_id


@check
def adapter_loads_with_the_runs_own_tensors():
    from peft import AutoPeftModelForCausalLM
    from safetensors.torch import load_file
    model = AutoPeftModelForCausalLM.from_pretrained(ADAPTER)
    state = {name.replace(".default", ""): tensor for name, tensor in model.state_dict().items()}
    ours = load_file(ROOT / "examples/runs/lora/adapter_model.safetensors")
    for name, tensor in ours.items():
        assert (state[name] == tensor).all(), name
    assert model.config.use_cache is True


@check
def unfixed_adapter_runs_on_and_the_published_one_stops_as_its_card_says():
    from peft import AutoPeftModelForCausalLM
    from transformers import AutoTokenizer, GenerationConfig
    tokenizer = AutoTokenizer.from_pretrained(str(ROOT / "examples/runs/lora"))
    before = answer(AutoPeftModelForCausalLM.from_pretrained(str(ROOT / "examples/runs/lora")), tokenizer)
    model = AutoPeftModelForCausalLM.from_pretrained(ADAPTER)
    config = GenerationConfig.from_pretrained(ADAPTER, max_new_tokens=NEW_TOKENS)
    after = answer(model, AutoTokenizer.from_pretrained(ADAPTER), generation_config=config)
    assert len(before) == NEW_TOKENS, before
    assert len(after) < NEW_TOKENS and after[-1] == tokenizer.convert_tokens_to_ids("<|im_end|>"), after


def run_snippet(repo):
    from huggingface_hub import hf_hub_download
    card = pathlib.Path(hf_hub_download(repo, "README.md")).read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", card, re.S)[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip(), "the snippet prints nothing"


@check
def full_models_card_snippet_runs():
    run_snippet(FULL)


@check
def adapters_card_snippet_runs():
    run_snippet(ADAPTER)


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


@check
def slipways_cache_is_the_stock_clients_cache():
    from huggingface_hub import hf_hub_download
    cache = WORK / "shared-cache"
    env = dict(os.environ, HF_HUB_CACHE=str(cache))
    subprocess.run([PROGRAM, "pull", FULL, "-q"], env=env, check=True, stdout=subprocess.DEVNULL)
    path = hf_hub_download(FULL, "config.json", cache_dir=cache, local_files_only=True)
    assert pathlib.Path(path).is_symlink() and json.loads(pathlib.Path(path).read_text())["model_type"] == "llama"


def main():
    failed = 0
    with hub():
        prepare()
        for function in CHECKS:
            name = function.__name__.replace("_", " ")
            try:
                function()
                print(f"ok      {name}", flush=True)
            except Exception:  # noqa: BLE001
                failed += 1
                traceback.print_exc()
                print(f"FAILED  {name}", flush=True)
    shutil.rmtree(WORK, ignore_errors=True)
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
