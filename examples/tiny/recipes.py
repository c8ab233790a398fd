"""The recipe that each run stands for, in the alignment-handbook's keys."""
from tiny.chats import OWNER

MAIN = """\
# The recipe that the run stands for (the keys of the alignment-handbook's main branch).
model_name_or_path: {owner}/{base}
model_revision: main
torch_dtype: bfloat16
{data}{more}bf16: true
do_eval: true
eval_strategy: steps
gradient_checkpointing: true
gradient_checkpointing_kwargs:
  use_reentrant: false
learning_rate: {rate}
lr_scheduler_type: cosine
max_length: 96
max_steps: {steps}
output_dir: runs/{run}
report_to: []
save_strategy: "no"
seed: {seed}
"""

DATASET = "dataset_name: {owner}/{name}\ndataset_train_split: train\ndataset_test_split: test\n"

MIXTURE = """\
dataset_mixture:
  datasets:
  - id: {owner}/tiny-chat
    config: default
    split: train
    columns:
    - messages
    weight: 1.0
  - id: {owner}/tiny-tools
    config: default
    split: train
    columns:
    - messages
    weight: 0.5
  seed: 0
  test_split_size: 0.2
"""

OLD = """\
# The recipe that the run stands for (the keys of the alignment-handbook's releases 0.2 and 0.3).
model_name_or_path: {owner}/tiny-llama
model_revision: main
torch_dtype: float32
dataset_mixer:
  {owner}/tiny-text: 1.0
dataset_splits:
- train
- test
preprocessing_num_workers: 1
bf16: true
do_eval: true
evaluation_strategy: steps
gradient_checkpointing: true
hub_model_id: {owner}/{run}
learning_rate: 4.0e-03
lr_scheduler_type: cosine
max_seq_length: 64
max_steps: 160
output_dir: runs/{run}
overwrite_output_dir: true
push_to_hub: false
save_strategy: "no"
seed: {seed}
"""

LORA = "use_peft: true\nlora_r: 16\nlora_alpha: 32\n"
EMBEDDINGS = "lora_target_modules:\n- q_proj\n- v_proj\nlora_modules_to_save:\n- lm_head\n- embed_tokens\n"
NF4 = "load_in_4bit: true\nbnb_4bit_quant_type: nf4\n"
PAIRS = "beta: {beta}\nmax_prompt_length: 48\n"

# Run: base, data set (None: a mixture), its own keys, learning rate, steps.
TABLE = {
    "chatml-full": ("tiny-llama", "tiny-chat", "", "4.0e-03", 160),
    "qwen-tied": ("tiny-qwen-chat", None, "", "2.0e-03", 80),
    "lora": ("tiny-qwen", "tiny-chat", LORA, "1.0e-02", 240),
    "lora-tokens": ("tiny-qwen", "tiny-chat", LORA + EMBEDDINGS, "5.0e-03", 160),
    "qlora": ("tiny-llama", "tiny-chat", LORA + NF4, "1.0e-02", 240),
    "dpo": ("tiny-qwen-chat", "tiny-pairs", PAIRS.format(beta=0.1), "5.0e-05", 40),
    "orpo": ("tiny-qwen", "tiny-pairs", PAIRS.format(beta=0.05), "4.0e-03", 160),
    "reward": ("tiny-qwen-chat", "tiny-pairs", "", "1.0e-03", 40),
}
PUSHED = {"chatml-full": "push_to_hub: true\nhub_model_id: {repo}\nhub_private_repo: false\n"}
REPOSITORIES = {"chatml-full": "tiny-llama-sft", "lora": "tiny-qwen-lora"}


def repository(name, run):
    return f"{OWNER}/{REPOSITORIES.get(name, name)}{run.removeprefix(name)}"


def recipe(name, run, seed):
    if name == "cpt":
        return OLD.format(owner=OWNER, run=run, seed=seed)
    base, dataset, more, rate, steps = TABLE[name]
    data = DATASET.format(owner=OWNER, name=dataset) if dataset else MIXTURE.format(owner=OWNER)
    push = PUSHED.get(name, "push_to_hub: false\nhub_model_id: {repo}\n").format(repo=repository(name, run))
    return MAIN.format(owner=OWNER, base=base, data=data, more=more + push, rate=rate, steps=steps, run=run, seed=seed)
