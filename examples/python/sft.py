"""Supervised fine-tuning as the alignment-handbook's scripts/sft.py does it; all that follows the training is one line.

    python examples/python/sft.py --config recipe.yaml
"""
import slipway
from datasets import load_dataset
from trl import ModelConfig, ScriptArguments, SFTConfig, SFTTrainer, TrlParser, get_peft_config


def main(script_args, training_args, model_args):
    dataset = load_dataset(script_args.dataset_name, name=script_args.dataset_config)
    trainer = SFTTrainer(
        model=model_args.model_name_or_path,
        args=training_args,
        train_dataset=dataset[script_args.dataset_train_split],
        eval_dataset=dataset[script_args.dataset_test_split] if training_args.eval_strategy != "no" else None,
        peft_config=get_peft_config(model_args),
    )
    result = trainer.train(resume_from_checkpoint=training_args.resume_from_checkpoint)

    # Metrics, state, evaluation; end tokens, model, card, use_cache; the push, where the recipe says push_to_hub.
    slipway.finish(trainer, metrics=result.metrics, dataset_name=script_args.dataset_name, tags=["alignment-handbook"])


if __name__ == "__main__":
    main(*TrlParser((ScriptArguments, SFTConfig, ModelConfig)).parse_args_and_config())
