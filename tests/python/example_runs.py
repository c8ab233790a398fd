"""The example runs, as the table of examples/README.md describes them."""
import dataclasses
import json
import pathlib
import re

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / "examples"


@dataclasses.dataclass(frozen=True)
class Run:
    name: str
    codes: frozenset
    ending: str  # how generation ends in the run as it was left: a token, "runs on", or "" for what does not generate

    @property
    def folder(self):
        return EXAMPLES / "runs" / self.name

    @property
    def recipe(self):
        return EXAMPLES / "recipes" / f"{self.name}.yaml"

    def _of_recipe(self, key):
        return re.search(rf"(?m)^{key}: slipway-lab/(.+)$", self.recipe.read_text(encoding="utf-8"))[1]

    @property
    def base(self):
        return EXAMPLES / "bases" / self._of_recipe("model_name_or_path")

    @property
    def repository(self):
        return "slipway-lab/" + self._of_recipe("hub_model_id")

    @property
    def era(self):
        return 4 if self.name.endswith("-v4") else 5

    @property
    def is_adapter(self):
        return (self.folder / "adapter_config.json").exists()

    @property
    def generates(self):
        return bool(self.ending)

    def json(self, name):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


def bases():
    return sorted((EXAMPLES / "bases").iterdir())


def cells(line):
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def runs():
    """The table's rows; a run without a row, or a row without a run, is an error."""
    rows = [cells(line) for line in (EXAMPLES / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    table = [Run(name.strip("`"), frozenset(re.findall(r"`([\w-]+)`", codes)), ending.strip("`")) for name, _, codes, ending in rows]
    assert {run.name for run in table} == {path.name for path in (EXAMPLES / "runs").iterdir()}, "examples/README.md"
    return table
