#!/usr/bin/env python3
"""Make the small, real finished runs under examples/runs/ with trl, peft and transformers.

    python examples/make_runs.py --out DIR [--only NAME[,NAME...]] [--seed N]

Each run fine-tunes a tiny base model on the CPU, without a network, and walks through the final stage
as the alignment-handbook's SFT script orders it. What it leaves behind is what such a script leaves
behind, defects included: that is what Slipway is for. Layout of DIR:

    bases/<base>/     the base models, as Hub repositories hold them
    runs/<run>/       the runs' output folders
    recipes/<run>.yaml  the recipe each run stands for

The bases are also laid out as a Hub cache, so that they load under a Hub name while offline and no
path of the machine reaches the outputs. The models have learnt to answer in one sentence and to end
their turn with <|im_end|>; they know nothing else.
"""
import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

PARSER = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
PARSER.add_argument("--out", required=True, help="folder to write under")
PARSER.add_argument("--only", default="", help="comma-separated run names")
PARSER.add_argument("--seed", type=int, default=42)
ARGS = PARSER.parse_args()

HUB = tempfile.mkdtemp(prefix="hubcache")
os.environ.update(HF_HOME=HUB, HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", TOKENIZERS_PARALLELISM="false",
                  CUDA_VISIBLE_DEVICES="", OMP_NUM_THREADS="1")
os.environ.pop("HF_TOKEN", None)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import torch  # noqa: E402
from datasets import Dataset  # noqa: E402
from peft import LoraConfig  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed  # noqa: E402
from trl import SFTConfig, SFTTrainer  # noqa: E402

from tiny_bases import BASES, CHATML, OWNER, chat_rows  # noqa: E402


def prepare_bases(out):
    """Writes each base once and links it into an offline Hub cache under its public name."""
    for name, make in BASES.items():
        folder = os.path.join(out, "bases", name)
        if not os.path.exists(folder):
            make(folder)
        commit = hashlib.sha1(name.encode()).hexdigest()
        repo = os.path.join(HUB, "hub", f"models--{OWNER}--{name}")
        shutil.copytree(folder, os.path.join(repo, "snapshots", commit))
        os.makedirs(os.path.join(repo, "refs"))
        with open(os.path.join(repo, "refs", "main"), "w", encoding="utf-8") as ref:
            ref.write(commit)


def config(folder, seed, **changes):
    values = dict(output_dir=folder, seed=seed, use_cpu=True, bf16=True, max_steps=160, per_device_train_batch_size=8,
                  per_device_eval_batch_size=8, gradient_checkpointing=True, learning_rate=4e-3, logging_steps=20,
                  gradient_checkpointing_kwargs={"use_reentrant": False}, lr_scheduler_type="cosine", warmup_steps=5,
                  report_to=[], save_strategy="no", eval_strategy="steps", eval_steps=80, do_eval=True,
                  dataloader_pin_memory=False, max_length=96, packing=False)
    return SFTConfig(**dict(values, **changes))


def small_shards(model, size):
    """The Trainer offers no shard size; a tiny model needs one to be split at all."""
    original = model.save_pretrained
    model.save_pretrained = lambda *args, **kw: original(*args, **dict({"max_shard_size": size}, **kw))


def final_stage(trainer, tokenizer, args, dataset):
    """The end of the handbook's SFT script: metrics, EOS, save, card, KV cache flag, evaluation."""
    result = trainer.train()
    metrics = dict(result.metrics, train_samples=len(trainer.train_dataset))
    trainer.log_metrics("train", metrics)
    trainer.save_metrics("train", metrics)
    trainer.save_state()
    trainer.model.generation_config.eos_token_id = tokenizer.eos_token_id
    trainer.model.config.eos_token_id = tokenizer.eos_token_id
    trainer.save_model(args.output_dir)
    trainer.create_model_card(model_name=None, dataset_name=dataset, tags=["alignment-handbook"])
    trainer.model.config.use_cache = True
    trainer.model.config.save_pretrained(args.output_dir)
    metrics = trainer.evaluate()
    metrics["eval_samples"] = len(trainer.eval_dataset)
    trainer.save_metrics("eval", metrics)


def sft(folder, seed, base, args, peft=None, shards=None, template=None):
    tokenizer = AutoTokenizer.from_pretrained(base)
    if template:
        tokenizer.chat_template = template
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16, use_cache=False)
    if shards:
        small_shards(model, shards)
    trainer = SFTTrainer(model=model, args=args, processing_class=tokenizer, peft_config=peft,
                         train_dataset=Dataset.from_list(chat_rows(160, seed)),
                         eval_dataset=Dataset.from_list(chat_rows(16, seed + 1)))
    final_stage(trainer, tokenizer, args, OWNER + "/tiny-chat")
    leave_names_out(folder)


def leave_names_out(folder):
    """The generated cards cite papers with their authors' names; the examples keep the line without them."""
    import re
    path = os.path.join(folder, "README.md")
    with open(path, encoding="utf-8", newline="") as card:
        text = card.read()
    text = re.sub(r"(?m)^(\s*author\s*=\s*)\{.*\}(,?)\s*$", r"\1{(names left out)}\2", text)
    with open(path, "w", encoding="utf-8", newline="") as card:
        card.write(text)


def chatml_full(folder, seed):
    sft(folder, seed, OWNER + "/tiny-llama", config(folder, seed), shards="160KB", template=CHATML)


def lora(folder, seed):
    peft = LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, bias="none", task_type="CAUSAL_LM",
                      target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
    sft(folder, seed, OWNER + "/tiny-qwen", config(folder, seed, learning_rate=1e-2, max_steps=240), peft=peft)


RUNS = {"chatml-full": chatml_full, "lora": lora}

RECIPE = """\
# The recipe that the run stands for (the keys of the alignment-handbook's main branch).
model_name_or_path: {owner}/{base}
model_revision: main
torch_dtype: bfloat16
dataset_name: {owner}/tiny-chat
dataset_train_split: train
dataset_test_split: test
{more}bf16: true
do_eval: true
eval_strategy: steps
gradient_checkpointing: true
gradient_checkpointing_kwargs:
  use_reentrant: false
learning_rate: {rate}
lr_scheduler_type: cosine
max_length: 96
max_steps: {steps}
output_dir: runs/{name}
report_to: []
save_strategy: "no"
seed: {seed}
"""


def recipe(name, seed):
    more = {
        "chatml-full": f"push_to_hub: true\nhub_model_id: {OWNER}/tiny-llama-sft\nhub_private_repo: false\n",
        "lora": f"use_peft: true\nlora_r: 16\nlora_alpha: 32\npush_to_hub: false\nhub_model_id: {OWNER}/tiny-qwen-lora\n",
    }[name]
    base, rate, steps = {"chatml-full": ("tiny-llama", "4.0e-03", 160), "lora": ("tiny-qwen", "1.0e-02", 240)}[name]
    return RECIPE.format(owner=OWNER, base=base, more=more, rate=rate, steps=steps, name=name, seed=seed)


def make(name, seed):
    folder = "runs/" + name
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs("recipes", exist_ok=True)
    with open(f"recipes/{name}.yaml", "w", encoding="utf-8") as out:
        out.write(recipe(name, seed))
    set_seed(seed)
    RUNS[name](folder, seed)


def main():
    wanted = [name for name in ARGS.only.split(",") if name] or list(RUNS)
    if len(wanted) > 1:  # one process a run: trainers leave global state behind
        here = os.path.abspath(__file__)
        failed = [n for n in wanted if subprocess.call([sys.executable, here, "--out", ARGS.out, "--seed", str(ARGS.seed),
                                                        "--only", n])]
        return 1 if failed else 0
    os.makedirs(ARGS.out, exist_ok=True)
    os.chdir(ARGS.out)  # every path that the stack records is then relative
    try:
        prepare_bases(".")
        make(wanted[0], ARGS.seed)
    finally:
        shutil.rmtree(HUB, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
