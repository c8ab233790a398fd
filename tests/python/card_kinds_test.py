#!/usr/bin/env python3
"""The cards of runs of every kind, published: the Hub takes them, its client reads them, and their snippets run.

    card_kinds_test.py PROGRAM   (the slipway program; run by the Python of the v5 venv)

Each run is published into a folder, nothing sent. Its card is held against the Hub's rules as this file states them,
against `slipway card --check`, and read by huggingface_hub; the Python in it is compiled, every name that it imports
exists, and it is run where all that it needs is on this machine. The last line is "N passed, N failed".
"""
import ast
import contextlib
import dataclasses
import functools
import importlib
import importlib.util
import io
import json
import math
import os
import re
import shutil
import subprocess
import sys

from ground import CHECKS, PROGRAM, ROOT, WORK, check, run_checks

import stock_folders
import yaml
from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import eval_results_to_model_index, model_index_to_eval_results
from kind_table import kind_of
from transformers.pipelines import PIPELINE_REGISTRY

LISTS = {name: json.loads((ROOT / f"tests/golden/hub/{name}.json").read_text()) for name in ("languages", "licenses", "pipeline_tags")}
NAMES = ["plain", "Ünïcode 船", "a_b-c.d", "name with: colon", "'quoted' \"twice\"", "#hash", "no", "1e3", "x" * 90, "*bold* <b>", "a|b", "\U0001F6A2"]


def hub_refusals(front):
    """What hub-docs' modelcard.md and the Hub's validator demand of a model's metadata."""
    wrong = []
    def texts(key):
        value = front.get(key, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            wrong.append(f"{key}: {value!r}")
            return []
        return value
    licenses = {one if isinstance(one, str) else one["id"] for one in LISTS["licenses"]["licenses"]}
    wrong += [f"license {one}" for one in texts("license") if one not in licenses]
    wrong += [f"language {one}" for one in texts("language") if not re.fullmatch(r"[a-z]{2,3}|code|multilingual", one)]
    wrong += [f"{key} {one}" for key in ("base_model", "datasets") for one in texts(key)
              if not re.fullmatch(r"[\w.-]{1,96}(/[\w.-]{1,96})?", one, re.A) or ".." in one or "--" in one]
    tags = {one if isinstance(one, str) else one["id"] for one in LISTS["pipeline_tags"]["pipeline_tags"]}
    wrong += [f"pipeline_tag {one}" for one in texts("pipeline_tag") if one not in tags]
    texts("tags"), texts("library_name"), texts("metrics")
    if front.get("base_model_relation", "finetune") not in ("adapter", "merge", "quantized", "finetune"):
        wrong.append("base_model_relation")
    for entry in front.get("model-index", []):
        for result in entry["results"]:
            named = [entry["name"], result["task"]["type"], result["dataset"]["type"], result["dataset"]["name"]]
            named += [metric["type"] for metric in result["metrics"]] + [result["dataset"].get(key, "") for key in ("config", "split", "revision")]
            wrong += [f"no text: {one!r}" for one in named if not isinstance(one, str)]
            wrong += [f"value {metric}" for metric in result["metrics"] if not math.isfinite(metric["value"])]
    return wrong


def trained(folder, number):
    """Lays a training's log and results into the folder, other ones for each number. Gives the flags of its publish."""
    losses = [math.nan if number % 3 == 0 and step == 4 else 3.0 / step for step in range(1, 10)]
    history = [{"loss": loss, "step": step, "epoch": step / 3} for step, loss in enumerate(losses, 1)]
    metrics = {"eval_loss": [0.5, math.nan, math.inf][number % 3], "eval_accuracy": number / 100, "eval_runtime": 1.0}
    metrics.update({f"eval_task-{i}/acc": i / 7 for i in range(number % 5)})
    if number % 4:
        (folder / "trainer_state.json").write_text(json.dumps({"global_step": 9, "epoch": 3.0, "log_history": history}))
    if number % 5:
        (folder / "eval_results.json").write_text(json.dumps(metrics))
    flags = [f"--model-name={NAMES[number % len(NAMES)]}", "--base", "org/base-model", f"--license={['mit', 'llama3.1', 'apache-2.0'][number % 3]}"]
    flags += [f"--dataset=org/data-{i}" for i in range(number % 6 * 4)] + [f"--language={code}" for code in ["en", "no", "zh", "yo"][:number % 5]]
    return flags + [f"--tag={NAMES[(number + 5) % len(NAMES)]}"]


def publish(folder, *flags):
    out = folder.parent / "out" / folder.name
    done = subprocess.run([PROGRAM, "publish", str(folder), "--no-push", "--out", str(out), "--json", "-q", *flags],
                          capture_output=True, text=True, check=False)
    result = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, result["error"]
    return out


def hold_against_the_hub(out):
    text = (out / "README.md").read_text(encoding="utf-8")
    assert not re.search(r"\bNone\b|[Mm]ore [Ii]nformation [Nn]eeded", text), text
    done = subprocess.run([PROGRAM, "card", str(out / "README.md"), "--check", "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and json.loads(done.stdout.splitlines()[-1])["findings"] == [], done.stdout
    card = ModelCard.load(out / "README.md")
    front = yaml.safe_load(text.split("\n---\n", 1)[0].removeprefix("---\n"))
    assert hub_refusals(front) == [], hub_refusals(front)
    assert {"library_name", "base_model", "base_model_relation", "license"} <= front.keys(), front
    if "model-index" in front:
        name, results = model_index_to_eval_results(front["model-index"])
        assert eval_results_to_model_index(name, results)[0]["name"] == name and card.data.eval_results
    shown = re.search(r"\]\(loss-curve\.svg\)", text)
    assert bool(shown) == (out / "loss-curve.svg").exists()
    return text, front


def snippets(text):
    return re.findall(r"```python\n(.*?)\n```", text, re.S)


def check_names(code):
    """Compiles, and every name that it takes from a package that is here is one of the package's."""
    tree = ast.parse(code)
    compile(tree, "snippet", "exec")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and importlib.util.find_spec(node.module):
            module = importlib.import_module(node.module)
            for alias in node.names:
                assert getattr(module, alias.name, None) is not None, f"{node.module} has no {alias.name}"
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "pipeline":
            PIPELINE_REGISTRY.check_task(node.args[0].value)


def run_snippet(code, out):
    """Runs it on the release: the name that it loads is the folder's."""
    name = next(node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant) and node.value == "org/the-model")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code.replace(name, str(out)), "snippet", "exec"), {})  # noqa: S102: what is published is tried
    assert said.getvalue(), code


def examine(out, tag):
    text, front = hold_against_the_hub(out)
    if tag is not ...:
        assert front.get("pipeline_tag") == tag, front
    for code in snippets(text):
        check_names(code)
    return text, front


# Room for what a snippet generates; heads that divide.
ROOMS = {"bart": {"max_position_embeddings": 512}, "qwen": {"num_key_value_heads": 2}, "reward model": {"num_key_value_heads": 2}}


def kind(each, number):
    each = dataclasses.replace(each, settings={**each.settings, **ROOMS.get(each.name, {})})
    folder = WORK / "kinds" / f"run-{number}"
    folder.mkdir(parents=True)
    stock_folders.save(each, folder, "float32")
    out = publish(folder, *trained(folder, number), "--to", "org/the-model")
    text, front = examine(out, kind_of(each.name).tag or None)
    assert len(snippets(text)) <= 1 and kind_of(each.name).snippet in text, text
    if each.name == "sentence transformer":
        assert front["library_name"] == "sentence-transformers" and "SentenceTransformer" in text
    tag = front.get("pipeline_tag")
    assert "vllm serve org/the-model" not in text or tag in ("text-generation", "image-text-to-text", "audio-text-to-text")
    assert "convert_hf_to_gguf" not in text or tag == "text-generation"
    assert each.name != "chatml" or ("vllm serve org/the-model" in text and "convert_hf_to_gguf" in text), text
    if kind_of(each.name).runs:
        run_snippet(snippets(text)[0], out)


def example(path, number):
    folder = WORK / "examples" / path.name
    shutil.copytree(path, folder)
    recipe = ROOT / "examples/recipes" / f"{path.name}.yaml"
    out = publish(folder, "--recipe", str(recipe), f"--model-name={NAMES[number % len(NAMES)]}", "--license=mit", "--to", "org/the-model")
    text, front = examine(out, ...)
    assert len(snippets(text)) == 1 and front["pipeline_tag"] in ("text-generation", "text-classification")
    if "lora" in path.name:
        assert front["library_name"] == "peft" and "AutoPeftModelForCausalLM" in text
    assert "reward" not in path.name or 'function_to_apply="none"' in text, text


def quantised(method):
    folder = WORK / "quantised" / method
    folder.mkdir(parents=True)
    stock_folders.save(next(each for each in stock_folders.FOLDERS if each.name == "qwen"), folder)
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] = {"quant_method": method}
    (folder / "config.json").write_text(json.dumps(config))
    text, _ = examine(publish(folder, "--base", "org/base-model", "--license=mit", "--to", "org/the-model"), "text-generation")
    assert ("The weights are quantised" in text) == (method != "fp8"), text


for number, each in enumerate(stock_folders.FOLDERS):
    CHECKS.append((f"card of {each.name}", functools.partial(kind, each, number)))
for number, path in enumerate(sorted((ROOT / "examples/runs").iterdir())):
    CHECKS.append((f"card of the example {path.name}", functools.partial(example, path, number)))
for method in ("bitsandbytes", "gptq", "awq", "compressed-tensors", "mxfp4", "fp8"):
    CHECKS.append((f"card of weights in {method}", functools.partial(quantised, method)))


@check
def a_gguf_file_is_run_by_llama_cpp():
    folder = WORK / "gguf"
    folder.mkdir()
    (folder / "model-Q4_K_M.gguf").write_bytes(b"GGUF" + bytes(60))
    (folder / "mmproj-model.gguf").write_bytes(b"GGUF" + bytes(60))
    text, front = examine(publish(folder, "--base", "org/base-model", "--license=mit", "--to", "org/the-model"), None)
    assert "llama-cli -hf org/the-model" in text and not snippets(text), text
    assert front["library_name"] == "gguf"


if __name__ == "__main__":
    os.environ["HF_HUB_OFFLINE"] = "1"
    sys.exit(run_checks())
