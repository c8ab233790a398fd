"""Tiny trainings of trl, a few steps each, for the tests of the trainer's door: bases from the Hub that HF_ENDPOINT names."""
import os
import sys

from ground import ROOT

sys.path.insert(0, str(ROOT / "examples"))
sys.path.insert(0, str(ROOT / "python"))

OWNER = "slipway-lab"
STEPS = 2


def settings(**changes):
    values = dict(max_steps=STEPS, eval_strategy="no", do_eval=False, gradient_checkpointing=False, logging_steps=1,
                  disable_tqdm=True, warmup_steps=0, bf16=False)
    return {**values, **changes}


def sft(folder, base="tiny-qwen", peft=None, callbacks=None, args_hook=None, **changes):
    """An SFT trainer that has not trained yet; `args_hook` sees its settings before it is made."""
    from transformers import AutoTokenizer, set_seed
    from trl import SFTConfig, SFTTrainer
    from tiny import chats, trainers
    set_seed(42)
    args = trainers.settings(SFTConfig, folder, 42, max_length=96, packing=False, **settings(**changes))
    if args_hook:
        callbacks = [args_hook(args)]
    return SFTTrainer(model=trainers.load(f"{OWNER}/{base}"), args=args, peft_config=peft, callbacks=callbacks,
                      processing_class=AutoTokenizer.from_pretrained(f"{OWNER}/{base}"), **trainers.rows(chats.chat_rows, 42))


def dpo(folder, callbacks=None, **changes):
    from transformers import set_seed
    from trl import DPOConfig, DPOTrainer
    from tiny import chats, trainers
    set_seed(42)
    args = trainers.settings(DPOConfig, folder, 42, beta=0.1, max_length=96, max_prompt_length=48, **settings(**changes))
    base = f"{OWNER}/tiny-qwen-chat"
    return DPOTrainer(trainers.load(base), trainers.load(base), args=args, callbacks=callbacks,
                      processing_class=trainers.preference_tokenizer("tiny-qwen-chat"), **trainers.rows(chats.pair_rows, 42))


def orpo(folder, callbacks=None, **changes):
    try:
        from trl.experimental.orpo import ORPOConfig, ORPOTrainer
    except ImportError:
        from trl import ORPOConfig, ORPOTrainer
    from transformers import set_seed
    from tiny import chats, trainers
    set_seed(42)
    args = trainers.settings(ORPOConfig, folder, 42, beta=0.05, max_length=96, max_prompt_length=48, **settings(**changes))
    return ORPOTrainer(trainers.load(f"{OWNER}/tiny-qwen"), args=args, callbacks=callbacks,
                       processing_class=trainers.preference_tokenizer("tiny-qwen"), **trainers.rows(chats.pair_rows, 42))


def lora(folder, **changes):
    from tiny import trainers
    return sft(folder, peft=trainers.adapter(r=4), **changes)


def quiet():
    """What the libraries say about themselves is no part of the tests."""
    os.environ.update(TRL_EXPERIMENTAL_SILENCE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1", HF_HUB_DISABLE_TELEMETRY="1")
