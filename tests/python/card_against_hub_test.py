#!/usr/bin/env python3
"""Our model cards in the hands of huggingface_hub and PyYAML: what they read is what was meant.

    card_against_hub_test.py PROGRAM   (the slipway program; run by the Python of the oracles' venv)

For the example runs, for every card that the libraries generate, and for generated facts (hostile texts, NaN
metrics, long logs): ModelCard.load takes the card, its metadata and results are those expected, tables keep their
columns and values, the picture is XML, a second writing changes nothing and the check is content. The last line is
"N passed, N failed".
"""
import itertools
import json
import math
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
import xml.etree.ElementTree

import yaml
from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import eval_results_to_model_index, model_index_to_eval_results
from markdown_it import MarkdownIt

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
CASES = 300
PIECES = ["a", "B", "7", " ", "|", "`", "``", "\n", "\r\n", "\t", "<b>", "<!-- slipway:end overview -->", "-->", "&amp;", "&",
          ": ", " #", "'", '"', "\\", "\\|", "{", "}", "[x](y)", "*", "_", "~~", "$", "$$", "%", "@", "!", "---", "- ", "> ",
          "no", "null", "1e3", "0x1", "2020-01-01", "é", "船", "\U0001F6A2", "\u2028", "\x7f", "\x1b", "\ufeff", "None", "=", "?"]
IDLE = ("runtime", "samples_per_second", "steps_per_second", "samples", "num_tokens", "model_preparation_time",
        "jit_compilation_time", "epoch", "step")


def hostile(dice, least=0):
    return "".join(dice.choices(PIECES, k=dice.randrange(least, 9)))


def one_line(text):
    return re.sub(r"[\x00-\x1f\x7f]", " ", text).strip(" \t\r")


def number_text(value):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    return f"{value + 0.0:.0f}" if abs(value) < 1e15 and value == int(value) else f"{value:.4g}"


def title(key):
    text = key.replace("_", " ")
    return text[:1].upper() + text[1:] if text[:1].isascii() else text


def number(dice):
    return dice.choice([math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, 40960.0, 1e300, 5e-324, 0.1 + 0.2,
                        dice.uniform(-10, 10), 10.0 ** dice.randrange(-20, 20), dice.random()])


class Facts:
    """One run's files and flags, with what the card must say of them."""

    def __init__(self, dice):
        keys = ["loss", "accuracy", "mean_token_accuracy", "rewards/margins", "a|b", "<b>", "`x`", "*", "f1@3", "runtime",
                "num_tokens", "x_samples_per_second"]
        self.metrics = {key: number(dice) for key in dice.sample(keys, dice.randrange(0, len(keys)))}
        self.datasets = [f"org/data-{i}" for i in range(dice.choice([0, 1, 1, 1, 2, 3]))]
        self.trained_on = self.datasets or ["slipway-lab/tiny-chat"]  # else the trainer's own card names it
        self.split = dice.choice(["", "test", "train[:10%]", "a: b", "#x"]) if len(self.datasets) == 1 else ""
        self.tags = [tag for tag in (hostile(dice, 1) for _ in range(dice.randrange(0, 4))) if tag]
        self.name = hostile(dice)
        self.license = dice.choice([None, "mit", "apache-2.0", "llama3.1"])
        self.languages = dice.sample(["en", "de", "zh", "no"], dice.randrange(0, 3))
        self.settings = {key: hostile(dice, 1) for key in dice.sample(["optim", "loss_type", "lr_scheduler_type", "seed"], 3)}
        self.steps = dice.choice([0, 1, 2, 30, 400])
        self.every = dice.choice([1, 3, 50])
        self.losses = {step: number(dice) for step in range(1, self.steps + 1)}

    def log(self):
        for step, loss in self.losses.items():
            yield {"loss": loss, "epoch": step / 7, "step": step, "learning_rate": 0.1}
            if step % self.every == 0:
                yield {"eval_loss": loss * 2, "eval_runtime": 1.0, "epoch": step / 7, "step": step}

    def write(self, folder):
        (folder / "training_args.bin").unlink(missing_ok=True)  # those of the run, which say something else
        state = {"global_step": self.steps, "epoch": 1.0, "log_history": list(self.log())}
        (folder / "trainer_state.json").write_text(json.dumps(state), encoding="utf-8")
        results = {f"eval_{key}": value for key, value in self.metrics.items()}
        (folder / "eval_results.json").write_text(json.dumps(results), encoding="utf-8")
        (folder / "all_results.json").write_text(json.dumps(results), encoding="utf-8")
        recipe = dict(self.settings, dataset_name=self.datasets or None)
        if len(self.datasets) == 1:
            recipe.update(dataset_name=self.datasets[0], dataset_test_split=self.split or None)
        (folder.parent / "recipe.yaml").write_text(yaml.safe_dump(recipe, allow_unicode=True), encoding="utf-8")

    def flags(self, folder):
        words = ["--recipe", str(folder.parent / "recipe.yaml"), f"--model-name={self.name}"]
        words += [f"--tag={tag}" for tag in self.tags] + [f"--language={code}" for code in self.languages]
        return words + ([f"--license={self.license}"] if self.license else [])

    def kept_metrics(self):
        kept = {key: value for key, value in self.metrics.items()
                if not any(key == word or key.endswith("_" + word) for word in IDLE)}
        if not kept and self.steps and self.steps % self.every == 0:  # the log's last evaluation, at the last step
            kept = {"loss": self.losses[self.steps] * 2}
        return dict(sorted(kept.items(), key=lambda item: (item[0] != "loss", item[0])))

    def results(self):
        metrics = [{"type": key, "value": value, "name": title(key)} for key, value in self.kept_metrics().items()
                   if math.isfinite(value)]
        if not metrics:
            return []
        *others, last = self.trained_on
        one = not others
        dataset = {"type": last if one else "mixture", "name": last if one else f"{', '.join(others)} and {last}"}
        if self.split:
            dataset["split"] = self.split
        return [{"task": {"type": "text-generation", "name": "Text generation"}, "dataset": dataset, "metrics": metrics}]


def run(folder, *flags):
    done = subprocess.run([PROGRAM, "card", str(folder), "--json", *flags], capture_output=True, check=False)
    last = json.loads(done.stdout.decode().splitlines()[-1])
    assert done.returncode == last["exit_code"], done
    return last


def write_card(folder, *flags):
    first = run(folder, *flags)
    assert first["ok"], first
    text = (folder / "README.md").read_bytes()
    again = run(folder, *flags)
    assert again["ok"] and not again["changed"], again
    check = run(folder, "--check")
    assert check["ok"] and check["findings"] == [], check
    assert text == (folder / "README.md").read_bytes()
    return text.decode("utf-8")


def tables_of(body):
    """Title of the section -> rows of texts, as a Markdown parser sees them."""
    tables, heading, rows = {}, "", None
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    for token, after in itertools.zip_longest(tokens, tokens[1:]):
        if token.type == "heading_open":
            heading = after.content
        elif token.type == "table_open":
            rows = tables.setdefault(heading, [])
        elif token.type == "tr_open":
            rows.append([])
        elif token.type in ("td_open", "th_open"):
            rows[-1].append("".join(child.content for child in after.children))
    return tables


def check_tables(body):
    for block in re.findall(r"(?:^\|.*\n)+", body, re.M):
        counts = {line.count("|") for line in block.split("\n")[:-1]}
        assert len(counts) == 1, block
    tables = tables_of(body)
    for rows in tables.values():
        assert len({len(row) for row in rows}) == 1, rows
    return tables


def load(text):
    """As the Hub's own client reads it."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "README.md"
        path.write_bytes(text.encode("utf-8"))
        card = ModelCard.load(path)
    front = yaml.safe_load(text.split("\n---\n", 1)[0].removeprefix("---\n"))
    assert "model-index" not in front or card.data.eval_results, front
    return card, front


def check_generated(folder, facts):
    facts.write(folder)
    text = write_card(folder, *facts.flags(folder))
    card, front = load(text)
    results = facts.results()
    name = (one_line(facts.name) or "model") if facts.name else folder.name
    expected = {"base_model": "slipway-lab/tiny-llama", "base_model_relation": "finetune", "library_name": "transformers",
                "pipeline_tag": "text-generation", "datasets": facts.trained_on}
    if facts.languages:
        expected["language"] = facts.languages
    if facts.license:
        expected["license"] = facts.license
    tags = front.pop("tags")
    assert tags[:4] == ["alignment-handbook", "trl", "sft", "generated_from_trainer"] and tags[4:] == list(dict.fromkeys(facts.tags)), tags
    index = front.pop("model-index", [])
    assert front == expected, front
    assert index == ([{"name": name, "results": results}] if results else []), index
    for entry in index:
        assert all(math.isfinite(metric["value"]) for result in entry["results"] for metric in result["metrics"])
    if index:
        found_name, found = model_index_to_eval_results(index)
        assert found_name == name and all(result.metric_value is not None for result in found)
        assert eval_results_to_model_index(found_name, found) is not None
    check_body(folder, card.text, facts, name)


def check_body(folder, body, facts, name):
    first = next(token for token in MarkdownIt("commonmark").parse(body) if token.type == "inline")
    assert "".join(child.content for child in first.children) == name or not name.isprintable(), (first, name)
    tables = check_tables(body)
    measured = tables.get("Evaluation", [[]])[1:]
    assert measured == [[title(key), number_text(value)] for key, value in facts.kept_metrics().items()], measured
    settings = dict(tables["Hyper-parameters"][1:])
    for key, value in facts.settings.items():
        shown = one_line(value)
        assert settings.get(key, "") == shown.strip(), (key, shown, settings)  # as the parser trims a cell
    progress = tables.get("Training progress", [[]])[1:]
    evaluated = [step for step in facts.losses if step % facts.every == 0]
    shown = {int(row[0]): row for row in progress}
    assert len(evaluated) > 60 or all(step in shown for step in evaluated)
    assert not facts.losses or {1, facts.steps} <= shown.keys()
    for step, row in shown.items():
        assert row[2] == number_text(facts.losses[step]), row
    picture = folder / "loss-curve.svg"
    assert ("](loss-curve.svg)" in body) == picture.exists()
    if picture.exists():
        root = xml.etree.ElementTree.fromstring(picture.read_text(encoding="utf-8"))
        assert {element.tag.rsplit("}", 1)[-1] for element in root.iter() if isinstance(element.tag, str)} <= {
            "svg", "title", "line", "text", "path", "circle"}


def measured_in(folder):
    """What the trainer measured of the model as it was saved, without times and counts."""
    path = folder / "eval_results.json"
    entry = json.loads(path.read_text()) if path.exists() else {}
    state = json.loads((folder / "trainer_state.json").read_text())
    if not entry:
        last = [row for row in state["log_history"] if any(key.startswith("eval_") for key in row)][-1:]
        entry = last[0] if last and last[0]["step"] == state["global_step"] else {}
    keys = [key.removeprefix("eval_") for key in entry if key.startswith("eval_")]
    return {key: entry[f"eval_{key}"] for key in keys if not any(key == word or key.endswith("_" + word) for word in IDLE)}


def check_example(name, recipe):
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work) / name
        shutil.copytree(ROOT / "examples/runs" / name, folder)
        card, front = load(write_card(folder, *(["--recipe", str(recipe)] if recipe else [])))
        measured = measured_in(folder)
        results = card.data.eval_results or []
        assert results or not (recipe and measured), front
        if results:
            assert {result.metric_type: result.metric_value for result in results} == measured
            assert {result.dataset_type for result in results} == {front["datasets"][0] if len(front["datasets"]) == 1 else "mixture"}
            assert {result.task_type for result in results} == {front["pipeline_tag"]}
        tables = check_tables(card.text)
        assert not measured or len(tables["Evaluation"]) == len(measured) + 1
        assert "Training progress" in tables and "Hyper-parameters" in tables


def check_golden(folder, path):
    (folder / "README.md").write_bytes(path.read_bytes())
    text = write_card(folder)
    card, _ = load(text)
    check_tables(card.text)
    assert not re.search(r"\bNone\b|[Mm]ore [Ii]nformation [Nn]eeded|time machine", text), text


def tasks():
    for name in sorted(path.name for path in (ROOT / "examples/runs").iterdir()):
        recipe = ROOT / "examples/recipes" / f"{name}.yaml"
        for given in (None, recipe) if recipe.exists() else (None,):
            yield f"example {name} {given}", lambda work, name=name, given=given: check_example(name, given)
    for path in sorted((ROOT / "tests/golden/cards").glob("*/*.md")):
        yield f"golden {path.parent.name}/{path.name}", lambda work, path=path: check_golden(fresh(work), path)
    for seed in range(int(sys.argv[2]) if len(sys.argv) > 2 else CASES):
        yield f"facts {seed}", lambda work, seed=seed: check_generated(fresh(work), Facts(random.Random(seed)))


def fresh(work):
    folder = work / "run"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "examples/runs/chatml-full", folder)
    return folder


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as work:
        for name, task in tasks():
            try:
                task(pathlib.Path(work))
                passed += 1
            except Exception:  # of whatever kind: it is the finding
                failed += 1
                print(f"FAILED {name}: {traceback.format_exc()[-1500:]}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
