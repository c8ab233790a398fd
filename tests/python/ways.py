"""Ways to run the program (in another root, under an emulator), and what it publishes, held beside the plain program's."""
import dataclasses
import functools
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import urllib.request

import example_runs
from ground import PROGRAM, hub, slipway

# Nothing of this machine's environment, where a test does not say so.
BARE = {"PATH": "/usr/bin:/bin", "HOME": "/"}


@dataclasses.dataclass(frozen=True)
class Way:
    """How the program is run, and where its root is."""
    command: tuple
    root: pathlib.Path = pathlib.Path("/")
    environment: tuple = ()

    def run(self, *words, **environment):
        done = subprocess.run([*self.command, *map(str, words), "--json", "-q"], capture_output=True, text=True, check=False,
                              cwd="/", env={**BARE, **dict(self.environment), **environment})
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout.splitlines()[-1])


def plain(**environment):
    return Way((PROGRAM,), environment=tuple(environment.items()))


def tree(endpoint, repo):
    """Path and object id of every file but our manifest, which holds the commit that the release was planned on."""
    with urllib.request.urlopen(f"{endpoint}/api/models/{repo}/tree/main?recursive=true") as reply:
        return sorted((row["path"], row["oid"]) for row in json.load(reply) if row["type"] == "file" and row["path"] != ".slipway.json")


def published(name, way, runs):
    """What each run becomes on a Hub of its own when it is published this way: its tree."""
    home = way.root / f"tmp/dist-{os.getpid()}"
    trees = {}
    with hub(root=name) as endpoint:
        for base in example_runs.bases():
            slipway("push", base, f"slipway-lab/{base.name}", "--public")
        for run in runs:
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(run.folder, home / "run")
            shutil.copy(run.recipe, home / "recipe.yaml")
            here = pathlib.Path("/") / home.relative_to(way.root)
            code, result = way.run("publish", here / "run", "--recipe", here / "recipe.yaml", "--push", HF_ENDPOINT=endpoint,
                                   HF_HOME=str(here / "home"))
            assert code == 0, (run.name, result)
            trees[run.name] = tree(endpoint, run.repository)
        shutil.rmtree(home, ignore_errors=True)
    return trees


@functools.cache
def published_by_the_plain_program():
    return published("plain", plain(), example_runs.runs())


def check_publishes_the_same(name, way, runs):
    for run, files in published(name, way, runs).items():
        expected = published_by_the_plain_program()[run]
        assert files == expected, f"{run}: {sorted(set(files) ^ set(expected))}"


def digests(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}
