#!/usr/bin/env python3
"""The trainer's door with real trainings: SFT, DPO and ORPO of trl that end in a published repository.

    trainer_test.py PROGRAM   (run by the Python of an era's venv)
"""
import json
import os
import pathlib
import runpy
import sys

from ground import PROGRAM, ROOT, WORK, check, hub, run_checks, slipway as program
import tiny_trainings
from tiny_trainings import OWNER
from trainer_ground import ME, assert_no_repository, assert_one_commit, commits, front, published, said
import trainer_failures  # noqa: F401  its checks

import slipway
from slipway import _program

# ---- one commit ------------------------------------------------------------------------------------------------------

@check
def sft_ends_in_a_published_repository():
    trainer = tiny_trainings.sft("sft", push_to_hub=True, hub_model_id=f"{ME}/sft", save_strategy="steps", save_steps=1)
    callback = slipway.SlipwayCallback(trainer, dataset_name=f"{OWNER}/tiny-chat", tags=["mine"], model_name="My model")
    trainer.add_callback(callback)
    with said() as lines:
        trainer.train()
    assert_one_commit("sft")
    assert callback.result.changed and callback.error is None and callback.exit_code == 0
    card, config = front("sft"), json.loads(published("sft", "config.json"))
    assert card["base_model"] == f"{OWNER}/tiny-qwen" and card["datasets"] == [f"{OWNER}/tiny-chat"], card
    assert {"mine", "trl", "sft"} <= set(card["tags"]), card
    assert "# My model" in published("sft", "README.md")
    generation = json.loads(published("sft", "generation_config.json"))
    assert config["use_cache"] is True and set(generation["eos_token_id"]) == {384, 386}, (config, generation)
    assert not trainer.args.push_to_hub
    off = [line for line in lines if "hub_strategy='every_save'" in line]
    assert len(off) == 1 and f"{ME}/sft is published once" in off[0], lines
    assert any(line.startswith("published: http") for line in lines), lines
    assert pathlib.Path("sft/checkpoint-1").is_dir() and pathlib.Path("sft/trainer_state.json").is_file()


@check
def dpo_ends_in_a_published_repository():
    trainer = tiny_trainings.dpo("dpo")
    trainer.add_callback(slipway.SlipwayCallback(trainer, to=f"{ME}/dpo", private=False))
    trainer.train()
    assert_one_commit("dpo")
    assert {"trl", "dpo"} <= set(front("dpo")["tags"]) and json.loads(published("dpo", "config.json"))["use_cache"] is True


@check
def orpo_ends_in_a_published_repository_without_a_trainer_handed_over():
    callback = slipway.SlipwayCallback()
    trainer = tiny_trainings.orpo("orpo", callbacks=[callback], push_to_hub=True, hub_model_id=f"{ME}/orpo", save_strategy="steps",
                                  save_steps=1, hub_strategy="end")
    trainer.train()
    assert_one_commit("orpo")
    assert front("orpo")["base_model"] == f"{OWNER}/tiny-qwen" and "orpo" in front("orpo")["tags"], front("orpo")
    assert callback.result.repo == f"{ME}/orpo" and pathlib.Path("orpo/training_args.bin").is_file()


@check
def an_adapter_ends_in_a_published_repository():
    trainer = tiny_trainings.lora("lora")
    callback = slipway.SlipwayCallback(trainer, push=True, to=f"{ME}/lora", private=False)
    trainer.add_callback(callback)
    trainer.train()
    names = {file.path for file in callback.result.files}
    assert {"adapter_model.safetensors", "adapter_config.json"} <= names and "model.safetensors" not in names, names
    assert front("lora")["base_model"] == f"{OWNER}/tiny-qwen" and front("lora")["library_name"] == "peft"


@check
def settings_taken_over_early_make_no_repository_before_the_end():
    made = []

    def hook(args):
        made.append(slipway.SlipwayCallback(args=args, dataset_name=f"{OWNER}/tiny-chat"))
        return made[0]

    trainer = tiny_trainings.sft("early", args_hook=hook, push_to_hub=True, hub_model_id=f"{ME}/early")
    assert_no_repository("early")
    trainer.train()
    assert made[0].result.commit and made[0].result.repo == f"{ME}/early"


@check
def nothing_is_sent_without_the_flag():
    trainer = tiny_trainings.sft("home", hub_model_id=f"{ME}/home")
    callback = slipway.SlipwayCallback(trainer)
    trainer.add_callback(callback)
    trainer.train()
    assert callback.result.commit == "" and json.loads(pathlib.Path("home/config.json").read_text())["use_cache"] is True
    assert_no_repository("home")


# ---- training is as without it ---------------------------------------------------------------------------------------

def timeless(metrics):
    return {key: value for key, value in metrics.items() if not key.endswith(("runtime", "per_second"))}


@check
def losses_metrics_and_weights_are_those_of_a_training_without_it():
    import torch
    outcomes, histories, weights = [], [], []
    for name in ("plain", "with"):
        trainer = tiny_trainings.sft(name, max_steps=4)
        if name == "with":
            trainer.add_callback(slipway.SlipwayCallback(trainer, push=True, to=f"{ME}/same"))
        outcomes.append(timeless(trainer.train().metrics))
        histories.append([timeless(entry) for entry in trainer.state.log_history])
        weights.append(trainer.model.state_dict())
    assert outcomes[0] == outcomes[1] and histories[0] == histories[1], (outcomes, histories)
    assert all(torch.equal(value, weights[1][key]) for key, value in weights[0].items())


# ---- what scripts call afterwards ------------------------------------------------------------------------------------

@check
def the_handbooks_ending_after_it_undoes_nothing_and_pushes_nothing_by_itself():
    from tiny import final_stage
    trainer = tiny_trainings.sft("tail", push_to_hub=True, hub_model_id=f"{ME}/tail")
    callback = slipway.SlipwayCallback(trainer, dataset_name=f"{OWNER}/tiny-chat")
    trainer.add_callback(callback)
    final_stage.record_training(trainer, trainer.train())
    first = callback.result.commit
    final_stage.sft_ending(trainer, trainer.processing_class, f"{OWNER}/tiny-chat")
    assert_one_commit("tail")
    assert "slipway:begin" in pathlib.Path("tail/README.md").read_text() and callback.error is None
    release = trainer.push_to_hub(dataset_name=f"{OWNER}/tiny-chat", tags=["alignment-handbook"])
    assert release.changed and release.commit != first and commits("tail")[0] == "End of training" and len(commits("tail")) == 3
    assert "alignment-handbook" in front("tail")["tags"] and json.loads(published("tail", "eval_results.json"))["eval_loss"]
    assert trainer.push_to_hub(dataset_name=f"{OWNER}/tiny-chat", tags=["alignment-handbook"]).commit == release.commit
    assert len(commits("tail")) == 3


@check
def a_later_save_is_prepared_again():
    trainer = tiny_trainings.sft("saved-again")
    trainer.add_callback(slipway.SlipwayCallback(trainer))
    trainer.train()
    before = pathlib.Path("saved-again/config.json").read_bytes()
    trainer.save_model("elsewhere")
    assert json.loads(pathlib.Path("elsewhere/config.json").read_text())["use_cache"] is False
    trainer.save_model()
    assert pathlib.Path("saved-again/config.json").read_bytes() == before


# ---- hub_strategy ----------------------------------------------------------------------------------------------------

@check
def every_strategy_ends_in_one_commit_and_says_what_is_off():
    for strategy, off in (("end", ""), ("checkpoint", "the pushes of checkpoints"), ("all_checkpoints", "the pushes of checkpoints")):
        repo = "strategy-" + strategy.replace("_", "-")
        trainer = tiny_trainings.sft(repo, push_to_hub=True, hub_model_id=f"{ME}/{repo}", hub_strategy=strategy, save_strategy="steps",
                                     save_steps=1)
        trainer.add_callback(slipway.SlipwayCallback(trainer))
        with said() as lines:
            trainer.train()
        assert_one_commit(repo)
        line = next(line for line in lines if "is published once" in line)
        assert line.endswith(f"; {off} (hub_strategy={strategy!r}) are off" if off else "when training ends"), line


@check
def trials_of_a_search_are_not_published():
    trainer = tiny_trainings.sft("search")
    callback = slipway.SlipwayCallback(trainer, push=True, to=f"{ME}/search")
    trainer.state.is_hyper_param_search = True
    callback.on_train_end(trainer.args, trainer.state, trainer.control)
    assert callback.result is None and callback.error is None and not pathlib.Path("search/model.safetensors").exists()
    assert_no_repository("search")


# ---- finish() --------------------------------------------------------------------------------------------------------

@check
def finish_is_the_whole_ending():
    trainer = tiny_trainings.sft("finished", do_eval=True, push_to_hub=True, hub_model_id=f"{ME}/finished", hub_strategy="end")
    result = trainer.train()
    release = slipway.finish(trainer, metrics=result.metrics, dataset_name=f"{OWNER}/tiny-chat", tags=["alignment-handbook"])
    assert_one_commit("finished")
    assert release.changed and front("finished")["datasets"] == [f"{OWNER}/tiny-chat"]
    measured = json.loads(published("finished", "all_results.json"))
    assert measured["train_samples"] == 160 and measured["eval_samples"] == 16 and measured["eval_loss"] > 0
    assert pathlib.Path("finished/trainer_state.json").is_file()


@check
def an_evaluation_that_fails_does_not_keep_the_model_from_being_published():
    trainer = tiny_trainings.sft("uneven", do_eval=True)
    trainer.train()
    trainer.evaluate = lambda: (_ for _ in ()).throw(RuntimeError("no such metric"))
    try:
        slipway.finish(trainer, push=True, to=f"{ME}/uneven", private=False)
    except RuntimeError as problem:
        assert str(problem) == "no such metric"
    else:
        raise AssertionError("hidden")
    assert "End of training" in commits("uneven")


# ---- the examples ----------------------------------------------------------------------------------------------------

RECIPE = """\
model_name_or_path: {owner}/{base}
dataset_name: {data}
output_dir: {name}
hub_model_id: me/{name}
push_to_hub: true
hub_strategy: end
max_steps: 2
use_cpu: true
bf16: false
eval_strategy: "no"
save_strategy: "no"
report_to: []
"""


def run_example(name, base="tiny-qwen", make=None):
    """Runs examples/python/NAME.py in this process, as a script, on a recipe and a data set of its own."""
    from tiny import chats
    data = pathlib.Path(f"data-{name}")
    data.mkdir()
    for split, seed in (("train", 1), ("test", 2)):
        rows = (make or chats.chat_rows)(16, seed)
        (data / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    recipe = pathlib.Path(f"{name}.yaml")
    recipe.write_text(RECIPE.format(owner=OWNER, base=base, data=data, name=f"example-{name}"))
    sys.argv = [f"{name}.py", "--config", str(recipe)]
    runpy.run_path(str(ROOT / "examples/python" / f"{name}.py"), run_name="__main__")
    assert_one_commit(f"example-{name}")


@check
def the_examples_end_in_published_repositories():
    from tiny import chats
    run_example("sft")
    assert json.loads(published("example-sft", "train_results.json"))["train_samples"] == 16
    run_example("dpo", "tiny-qwen-chat", chats.pair_rows)
    run_example("orpo", "tiny-qwen", chats.pair_rows)
    for name in ("sft", "dpo", "orpo"):
        assert "alignment-handbook" in front(f"example-{name}")["tags"]


@check
def the_notebook_ends_in_a_published_repository():
    os.environ.update(BASE=f"{OWNER}/tiny-qwen", TO=f"{ME}/sums")
    cells = runpy.run_path(str(ROOT / "examples/python/notebook.py"))
    assert cells["ending"].result.commit and cells["ending"].error is None


def main():
    tiny_trainings.quiet()
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    _program.chosen = PROGRAM
    with hub():
        for base in ("tiny-llama", "tiny-qwen", "tiny-qwen-chat"):
            program("push", ROOT / "examples/bases" / base, f"{OWNER}/{base}", "--public")
        os.makedirs(WORK / "runs")
        os.chdir(WORK / "runs")
        return run_checks()


if __name__ == "__main__":
    sys.exit(main())
