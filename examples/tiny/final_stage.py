"""How training scripts end: the calls of the alignment-handbook's scripts, in their order."""
import re


def record_training(trainer, result):
    metrics = dict(result.metrics, train_samples=len(trainer.train_dataset))
    trainer.log_metrics("train", metrics)
    trainer.save_metrics("train", metrics)
    trainer.save_state()


def record_evaluation(trainer):
    metrics = trainer.evaluate()
    metrics["eval_samples"] = len(trainer.eval_dataset)
    trainer.log_metrics("eval", metrics)
    trainer.save_metrics("eval", metrics)


def sft_ending(trainer, tokenizer, dataset):
    """main's SFT script after its metrics: EOS, save, card, KV cache flag, evaluation."""
    folder = trainer.args.output_dir
    trainer.model.generation_config.eos_token_id = tokenizer.eos_token_id
    trainer.model.config.eos_token_id = tokenizer.eos_token_id
    trainer.save_model(folder)
    trainer.create_model_card(model_name=None, dataset_name=dataset, tags=["alignment-handbook"])
    restore_cache(trainer, folder)
    record_evaluation(trainer)


def preference_ending(trainer):
    """main's DPO and ORPO scripts: evaluate and save; neither card, nor EOS, nor KV cache flag."""
    record_evaluation(trainer)
    trainer.save_model(trainer.args.output_dir)


def pretraining_ending(trainer, base, dataset):
    """The 0.3 scripts: save, the card of transformers with its own arguments, KV cache flag, evaluation."""
    folder = trainer.args.output_dir
    trainer.save_model(folder)
    trainer.create_model_card(finetuned_from=base, dataset=[dataset], dataset_tags=[dataset],
                              tags=["alignment-handbook"])
    restore_cache(trainer, folder)
    record_evaluation(trainer)


def restore_cache(trainer, folder):
    trainer.model.config.use_cache = True
    trainer.model.config.save_pretrained(folder)


def leave_names_out(folder):
    """The generated cards cite papers with their authors' names; the examples keep the line without them."""
    path = folder / "README.md"
    if path.exists():
        text = path.read_bytes().decode()
        text = re.sub(r"(?m)^(\s*author\s*=\s*)\{.*\}(,?)\s*$", r"\1{(names left out)}\2", text)
        path.write_bytes(text.encode())
