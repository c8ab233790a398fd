"""The runs: each makes its trainer, trains, and ends as its script does."""
import inspect

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

from tiny import final_stage
from tiny.chats import CHATML, OWNER, TEXT, chat_rows, pair_rows, text_rows

PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def settings(kind, folder, seed, **changes):
    """KIND(...) without the arguments that this version of the stack no longer knows."""
    values = dict(output_dir=folder, seed=seed, use_cpu=True, bf16=True, max_steps=160, per_device_train_batch_size=8,
                  per_device_eval_batch_size=8, gradient_checkpointing=True, learning_rate=4e-3, logging_steps=20,
                  gradient_checkpointing_kwargs={"use_reentrant": False}, lr_scheduler_type="cosine", warmup_steps=5,
                  report_to=[], save_strategy="no", eval_strategy="steps", eval_steps=80, do_eval=True,
                  dataloader_pin_memory=False)
    values.update(changes)
    known = inspect.signature(kind.__init__).parameters
    return kind(**{name: value for name, value in values.items() if name in known})


def load(base, kind=AutoModelForCausalLM, **more):
    return kind.from_pretrained(base, **{"dtype": torch.bfloat16, "use_cache": False, **more})


def rows(make, seed):
    return {"train_dataset": Dataset.from_list(make(160, seed)), "eval_dataset": Dataset.from_list(make(16, seed + 1))}


def small_shards(model, size):
    """The Trainer offers no shard size; a tiny model needs one to be split at all."""
    original = model.save_pretrained
    model.save_pretrained = lambda *args, **kw: original(*args, **dict({"max_shard_size": size}, **kw))


def sft_trainer(folder, seed, model, tokenizer, peft=None, **changes):
    from trl import SFTConfig, SFTTrainer
    args = settings(SFTConfig, folder, seed, max_length=96, packing=False, **changes)
    return SFTTrainer(model=model, args=args, processing_class=tokenizer, peft_config=peft, **rows(chat_rows, seed))


def sft(folder, seed, base, tokens=(), template=None, shards=None, load_more=None, **changes):
    tokenizer = AutoTokenizer.from_pretrained(f"{OWNER}/{base}")
    tokenizer.chat_template = template or tokenizer.chat_template
    model = load(f"{OWNER}/{base}", **(load_more or {}))
    if tokens:
        tokenizer.add_tokens(list(tokens), special_tokens=True)
        model.resize_token_embeddings(len(tokenizer))
    if shards:
        small_shards(model, shards)
    trainer = sft_trainer(folder, seed, model, tokenizer, **changes)
    final_stage.record_training(trainer, trainer.train())
    final_stage.sft_ending(trainer, tokenizer, f"{OWNER}/tiny-chat")


def adapter(**changes):
    return LoraConfig(**dict(dict(r=16, lora_alpha=32, lora_dropout=0.0, bias="none", task_type="CAUSAL_LM",
                                  target_modules=PROJECTIONS), **changes))


def chatml_full(folder, seed):
    sft(folder, seed, "tiny-llama", template=CHATML, shards="160KB")


def qwen_tied(folder, seed):
    sft(folder, seed, "tiny-qwen-chat", learning_rate=2e-3, max_steps=80, eval_steps=40)


def lora(folder, seed):
    sft(folder, seed, "tiny-qwen", peft=adapter(), learning_rate=1e-2, max_steps=240)


def lora_tokens(folder, seed):
    tokens = ["<|tool|>"] + [f"<|slot_{i}|>" for i in range(1, 80)]
    peft = adapter(modules_to_save=["lm_head", "embed_tokens"], target_modules=["q_proj", "v_proj"])
    sft(folder, seed, "tiny-qwen", tokens=tokens, peft=peft, learning_rate=5e-3)


def qlora(folder, seed):
    from transformers import BitsAndBytesConfig
    quant = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16,
                               bnb_4bit_use_double_quant=False, bnb_4bit_quant_storage=torch.bfloat16)
    sft(folder, seed, "tiny-llama", template=CHATML, peft=adapter(), load_more={"quantization_config": quant},
        learning_rate=1e-2, max_steps=240)


def preference_tokenizer(base):
    tokenizer = AutoTokenizer.from_pretrained(f"{OWNER}/{base}")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    return tokenizer


def dpo(folder, seed):
    from trl import DPOConfig, DPOTrainer
    args = settings(DPOConfig, folder, seed, beta=0.1, max_length=96, max_prompt_length=48, learning_rate=5e-5,
                    max_steps=40, eval_steps=20)
    base = "tiny-qwen-chat"
    trainer = DPOTrainer(load(f"{OWNER}/{base}"), load(f"{OWNER}/{base}"), args=args,
                         processing_class=preference_tokenizer(base), **rows(pair_rows, seed))
    final_stage.record_training(trainer, trainer.train())
    final_stage.preference_ending(trainer)


def orpo(folder, seed):
    try:
        from trl.experimental.orpo import ORPOConfig, ORPOTrainer
    except ImportError:
        from trl import ORPOConfig, ORPOTrainer
    args = settings(ORPOConfig, folder, seed, beta=0.05, max_length=96, max_prompt_length=48)
    trainer = ORPOTrainer(load(f"{OWNER}/tiny-qwen"), args=args, processing_class=preference_tokenizer("tiny-qwen"),
                          **rows(pair_rows, seed))
    final_stage.record_training(trainer, trainer.train())
    final_stage.preference_ending(trainer)


def reward(folder, seed):
    from trl import RewardConfig, RewardTrainer
    args = settings(RewardConfig, folder, seed, max_length=96, max_steps=40, eval_steps=20, learning_rate=1e-3)
    tokenizer = preference_tokenizer("tiny-qwen-chat")
    model = load(f"{OWNER}/tiny-qwen-chat", AutoModelForSequenceClassification, num_labels=1)
    model.config.pad_token_id = tokenizer.pad_token_id
    trainer = RewardTrainer(model=model, args=args, processing_class=tokenizer, **rows(pair_rows, seed))
    final_stage.record_training(trainer, trainer.train())
    final_stage.preference_ending(trainer)


def cpt(folder, seed):
    """Plain text in float32, from a local folder, by the plain Trainer, as the 0.3 scripts end."""
    from transformers import DataCollatorForLanguageModeling, Trainer, TrainingArguments
    base = "bases/tiny-llama"
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.pad_token = "<|im_start|>"  # unused otherwise: a pad equal to the EOS would leave the EOS out of the loss

    def encode(row):
        return tokenizer(row["text"] + TEXT, truncation=True, max_length=64)

    data = {name: rows_.map(encode, remove_columns=["text"]) for name, rows_ in rows(text_rows, seed).items()}
    args = settings(TrainingArguments, folder, seed)
    trainer = Trainer(model=load(base, dtype=torch.float32), args=args, processing_class=tokenizer,
                      data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False), **data)
    final_stage.record_training(trainer, trainer.train())
    final_stage.pretraining_ending(trainer, base, f"{OWNER}/tiny-text")


RUNS = {"chatml-full": chatml_full, "qwen-tied": qwen_tied, "lora": lora, "lora-tokens": lora_tokens, "qlora": qlora,
        "dpo": dpo, "orpo": orpo, "cpt": cpt, "reward": reward}
