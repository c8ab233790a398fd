#!/usr/bin/env python3
"""Writes tests/golden/cards/<era>/: the cards that trl, transformers and peft generate, by their own code, and those
that axolotl, LLaMA-Factory and unsloth make of them.

Run it once with the Python of each era (scripts/oracles.sh v5, scripts/oracles.sh v4). Nothing is trained: the
trainers' own card methods are called on what they read. Authors' names in citations are replaced by a placeholder.
"""
import importlib
import inspect
import pathlib
import pkgutil
import re
import tempfile
import types

import peft
import torch
import transformers
import trl
import yaml
from peft import LoraConfig, PromptTuningConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification, Trainer, TrainingArguments

ERA = "v5" if transformers.__version__.startswith("5") else "v4"
OUT = pathlib.Path(__file__).parent.parent / "tests/golden/cards" / ERA
BASE = "org/base"
TINY = dict(vocab_size=32, hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2)
HISTORY = [
    {"loss": 2.5, "grad_norm": 1.0, "learning_rate": 1e-3, "epoch": 0.5, "step": 5},
    {"eval_loss": 2.25, "eval_accuracy": 0.5, "eval_runtime": 1.0, "epoch": 0.5, "step": 5},
    {"loss": 1.25, "grad_norm": 1.0, "learning_rate": 5e-4, "epoch": 1.0, "step": 10},
    {"eval_loss": 1.125, "eval_accuracy": 0.75, "eval_runtime": 1.0, "epoch": 1.0, "step": 10},
    {"train_runtime": 2.0, "train_loss": 1.875, "epoch": 1.0, "step": 10},
]


def save(name, text):
    text = re.sub(r"((?:author|editor)\s*=\s*)\{.*?\}(,?\s*\n\s*(?:\w+\s*=|\}))", r"\1{(names left out)}\2", text, flags=re.S)
    if text.startswith("---\n"):  # a Python set gives trl's tags another order in each process
        front, body = text[4:].split("\n---", 1)
        tags = re.search(r"(?<=tags:\n)(- .*\n?)+", front)
        if tags:
            lines = sorted(tags[0].splitlines())
            front = front.replace(tags[0], "\n".join(lines) + ("\n" if tags[0].endswith("\n") else ""))
        text = f"---\n{front}\n---{body}"
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.md").write_text(text, encoding="utf-8")


def trl_trainers():
    """Every class of trl that generates a card of its own: tag -> class."""
    found = {}
    for module in pkgutil.walk_packages(trl.__path__, "trl."):
        if not re.search(r"_trainer$", module.name):
            continue
        try:
            loaded = importlib.import_module(module.name)
        except Exception as error:  # optional packages that are not in the lock
            print(f"left out: {module.name}: {str(error).splitlines()[0]}")
            continue
        for _, one in inspect.getmembers(loaded, inspect.isclass):
            tags = getattr(one, "_tag_names", None)
            if tags and one.__module__ == module.name and hasattr(one, "create_model_card"):
                found["-".join(tag for tag in tags if tag != "trl")] = one
    return found


def trl_card(trainer, base=BASE, hub_model_id=None, **given):
    with tempfile.TemporaryDirectory() as folder:
        stub = types.SimpleNamespace(
            is_world_process_zero=lambda: True, hub_model_id=hub_model_id,
            model=types.SimpleNamespace(config=types.SimpleNamespace(_name_or_path=base, name_or_path=base)),
            args=types.SimpleNamespace(output_dir=folder))
        for name in ("_tag_names", "_name", "_paper", "_template_file"):
            setattr(stub, name, getattr(trainer, name, {} if name == "_paper" else None))
        trainer.create_model_card(stub, **given)
        return (pathlib.Path(folder) / "README.md").read_text(encoding="utf-8")


def make_trl():
    trainers = trl_trainers()
    for tag, trainer in trainers.items():
        save(f"trl-{tag}", trl_card(trainer, model_name="org/model", hub_model_id="org/model", dataset_name="org/data"))
    save("trl-handbook", trl_card(trainers["dpo"], dataset_name="org/data", tags=["alignment-handbook"]))
    save("trl-no-base", trl_card(trainers["dpo"], base=tempfile.gettempdir(), tags=["mine"]))
    utils = importlib.import_module("trl.trainer.utils")
    urls = {name: f"https://example.org/{name}" for name in ("wandb_url", "trackio_url", "comet_url")
            if name in inspect.signature(utils.generate_model_card).parameters}
    save("trl-badges", str(utils.generate_model_card(
        base_model=BASE, model_name="model", hub_model_id="org/model", dataset_name=None, tags=["trl", "sft"],
        trainer_name="SFT", **urls)))


def trainer_card(history, args=(), model=None, before=None, **given):
    with tempfile.TemporaryDirectory() as folder:
        readme = pathlib.Path(folder) / "README.md"
        if before:
            readme.write_text(before, encoding="utf-8")
        model = model or LlamaForCausalLM(LlamaConfig(**TINY))
        trainer = Trainer(model=model, args=TrainingArguments(output_dir=folder, report_to=[], use_cpu=True, **dict(args)))
        trainer.state.log_history = history
        trainer.create_model_card(model_name="out", **given)
        return readme.read_text(encoding="utf-8")


def make_transformers():
    save("transformers-plain", trainer_card([]))
    save("transformers-trained", trainer_card(
        HISTORY, dict(gradient_accumulation_steps=2, warmup_steps=3), finetuned_from=BASE, language="en", license="mit",
        tags="alignment-handbook", dataset=["org/first", "org/second"], dataset_tags=["org/first", "org/second"]))
    save("transformers-one-dataset", trainer_card(
        HISTORY, dict(max_steps=10, label_smoothing_factor=0.1), finetuned_from="/models/base", dataset="org/data",
        dataset_tags="org/data", tasks="text-generation", dataset_args="default"))


def adapter(config, kind=LlamaForCausalLM):
    model = kind(LlamaConfig(**TINY))
    model.config._name_or_path = BASE
    return get_peft_model(model, config)


def peft_card(model, before=None):
    with tempfile.TemporaryDirectory() as folder:
        readme = pathlib.Path(folder) / "README.md"
        if before:
            readme.write_text(before, encoding="utf-8")
        model.create_or_update_model_card(folder)
        return readme.read_text(encoding="utf-8")


def make_peft():
    lora = LoraConfig(task_type="CAUSAL_LM", target_modules=["q_proj"])
    sft = trl_card(trl_trainers()["sft"], dataset_name="org/data")
    save("peft-lora", peft_card(adapter(lora)))
    save("peft-classifier", peft_card(adapter(LoraConfig(task_type="SEQ_CLS"), LlamaForSequenceClassification)))
    save("peft-prompt", peft_card(adapter(PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=2))))
    save("peft-over-trl", peft_card(adapter(lora), sft))
    save("peft-over-transformers", peft_card(adapter(lora), trainer_card(HISTORY, finetuned_from=BASE)))
    save("transformers-over-peft", trainer_card(
        HISTORY, model=adapter(lora), before=peft_card(adapter(lora)), finetuned_from=BASE))


AXOLOTL = """base_model: org/base
load_in_4bit: true  # a line that somebody wrote
datasets:
  - path: org/data
    type: chat_template

# how long
sequence_len: 2048
learning_rate: 0.0002
"""


def axolotl_card(config, history=HISTORY):
    """axolotl sets its badge and its configuration behind the notice that transformers begins a card with."""
    notice = transformers.modelcard.AUTOGENERATED_TRAINER_COMMENT
    site = "axolotl-ai-cloud/axolotl"
    added = (f'\n[<img src="https://raw.githubusercontent.com/{site}/main/image/axolotl-badge-web.png" '
             f'alt="Built with Axolotl" width="200" height="32"/>](https://github.com/{site})')
    if config is not None:
        added += (f"\n<details><summary>See axolotl config</summary>\n\naxolotl version: `0.9.0`\n```yaml\n{config}\n```\n\n"
                  "</details><br>\n")
    try:
        transformers.modelcard.AUTOGENERATED_TRAINER_COMMENT = notice + added
        return trainer_card(history, dict(gradient_accumulation_steps=4), finetuned_from=BASE, dataset_tags=["org/data"])
    finally:
        transformers.modelcard.AUTOGENERATED_TRAINER_COMMENT = notice


def make_axolotl():
    save("axolotl-config", axolotl_card(AXOLOTL))
    save("axolotl-badge", axolotl_card(None))
    save("peft-over-axolotl", peft_card(adapter(LoraConfig(task_type="CAUSAL_LM", target_modules=["q_proj"])), axolotl_card(AXOLOTL)))


def make_llama_factory():
    seen = [dict(row, num_input_tokens_seen=row["step"] * 1000) for row in HISTORY]
    given = dict(license="other", tasks="text-generation", finetuned_from=BASE)
    save("llama-factory-lora", trainer_card(seen, dataset=["identity", "alpaca_en_demo"], tags=["llama-factory", "lora"], **given))
    save("llama-factory-full", trainer_card(HISTORY, dataset="identity", tags=["llama-factory", "full", "unsloth"], **given))


def unsloth_card(method, extra, ending):
    site = "unslothai/unsloth"
    front = {"base_model": BASE, "tags": ["text-generation-inference", "transformers", "unsloth", "llama", extra],
             "license": "apache-2.0", "language": ["en"]}
    lines = [f"# Uploaded {method} model", "", "- **Developed by:** somebody", "- **License:** apache-2.0",
             f"- **Finetuned from model :** {BASE}", "", f"This llama model was trained 2x faster with [Unsloth](https://github.com/{site}){ending}",
             "", f'[<img src="https://raw.githubusercontent.com/{site}/main/images/unsloth%20made%20with%20love.png" width="200"/>]'
             f"(https://github.com/{site})", ""]
    return f"---\n{yaml.safe_dump(front, sort_keys=False)}---\n\n" + "\n".join(lines)


def make_unsloth():
    trl_too = " and Huggingface's TRL library."
    save("unsloth-lora", unsloth_card("", "trl", trl_too))
    save("unsloth-merged", unsloth_card("finetuned ", "sft", ""))
    save("peft-over-unsloth", peft_card(adapter(LoraConfig(task_type="CAUSAL_LM", target_modules=["q_proj"])),
                                        unsloth_card("", "trl", trl_too)))


torch.manual_seed(0)
make_axolotl()
make_llama_factory()
make_unsloth()
make_trl()
make_transformers()
make_peft()
print(f"{len(list(OUT.glob('*.md')))} cards: transformers {transformers.__version__}, trl {trl.__version__}, "
      f"peft {peft.__version__}")
