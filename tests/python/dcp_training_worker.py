"""One of two ranks of a training whose sharded FSDP leaves no model, as the alignment-handbook's fsdp.yaml does; torchrun starts it.

    dcp_training_worker.py PROGRAM [FOLDER LORA]   (the settings of a LoRA, in JSON)
"""
import json
import os
import sys

import tiny_trainings
from rank_end import leave_together
from trainer_ranks_worker import fsdp_settings, pass_cpus_off_as_accelerators

STEPS = 3


def handbook_ending(trainer):
    """The calls of its SFT script after the training; none of them writes a weight here."""
    trainer.save_model(trainer.args.output_dir)
    trainer.save_state()
    if trainer.accelerator.is_main_process:
        trainer.create_model_card(model_name=None, dataset_name=f"{tiny_trainings.OWNER}/tiny-chat", tags=["alignment-handbook"])
        trainer.model.config.use_cache = True
        trainer.model.config.save_pretrained(trainer.args.output_dir)


def main():
    from tiny import trainers
    tiny_trainings.quiet()
    pass_cpus_off_as_accelerators()
    folder, peft = (sys.argv[2], trainers.adapter(**json.loads(sys.argv[3]))) if len(sys.argv) > 2 else ("run", None)
    trainer = tiny_trainings.sft(folder, peft=peft, max_steps=STEPS, save_strategy="steps", save_steps=1, bf16=True,
                                 **fsdp_settings("SHARDED_STATE_DICT"))
    trainer.train()
    handbook_ending(trainer)
    leave_together()


if __name__ == "__main__":
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    main()
