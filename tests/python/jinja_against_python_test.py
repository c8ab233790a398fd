#!/usr/bin/env python3
"""src/jinja beside jinja2 as transformers runs it: real templates, templates of ours, generated programs, mutations.

    jinja_against_python_test.py ANSWERS [COUNT] [--show]   (the jinja_answers program of a build; run by the v5 venv)

Both render the same bytes or both refuse. What we refuse by design (docs/jinja.md) and jinja2 renders is counted
apart, by its reason. COUNT programs are generated (2,000), and a quarter as many mutations. The last line is
"N passed, N failed", where a rendering counts once.
"""
import ast
import collections
import datetime
import functools
import json
import os
import pathlib
import random
import signal
import subprocess
import sys

os.environ.update(OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false", TRANSFORMERS_VERBOSITY="error")
import jinja_conversations
import jinja_programs
from transformers.utils import chat_template_utils

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SEED, COUNT, SHOWN_MAX, BATCH, RAREST_SHARE = 7, 2_000, 25, 500, 100
NOW = datetime.datetime(2026, 3, 7, 15, 4, 5, 6)
SHOW = "--show" in sys.argv


class FixedNow(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


chat_template_utils.datetime = FixedNow


class TooLong(BaseException):
    pass


def too_long(*_):
    raise TooLong


signal.signal(signal.SIGALRM, too_long)
compiled_template = functools.lru_cache(maxsize=16)(chat_template_utils._cached_compile_jinja_template)


def python_render(template, variables):
    """("ok", text), ("refused", why) or ("limit", why)."""
    signal.setitimer(signal.ITIMER_REAL, 5)
    try:
        text = compiled_template(template).render(**json.loads(json.dumps(variables)))
        text.encode()
        return "ok", text
    except (TooLong, RecursionError, MemoryError) as error:
        return "limit", type(error).__name__
    except Exception as error:  # noqa: BLE001
        return "refused", f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def field(text):
    data = text if isinstance(text, bytes) else text.encode()
    return b"%d\n%s" % (len(data), data)


def our_renders(program, cases):
    answers = []
    while len(answers) < len(cases):
        rest = cases[len(answers):len(answers) + BATCH]
        request = b"".join(field(template) + field(json.dumps(variables)) for _, template, variables in rest)
        done = subprocess.run([program], input=request, capture_output=True, check=False)
        fields, at = [], 0
        while at < len(done.stdout):
            line = done.stdout.index(b"\n", at)
            end = line + 1 + int(done.stdout[at:line])
            fields.append(done.stdout[line + 1:end].decode(errors="replace"))
            at = end
        answers += [(fields[i], fields[i + 1]) for i in range(0, len(fields) - 1, 2)]
        if len(fields) // 2 < len(rest):
            answers.append(("crash", f"ended with {done.returncode}: {done.stderr.decode()[-600:]}"))
    return answers


class Tally:
    def __init__(self):
        self.counts, self.reasons, self.shown, self.kinds = collections.Counter(), collections.Counter(), [], collections.Counter()

    def judge(self, group, name, template, python, ours):
        counts = self.counts
        ok = ours[0] == "ok"
        counts[group, "all"] += 1
        counts[group, "rendered"] += python[0] == "ok" and python[1] != ""
        if python[0] == "ok" and ok and python[1] == ours[1]:
            verdict = "passed"
        elif python[0] != "ok" and not ok and ours[0] != "crash":
            verdict = "passed"
        elif python[0] == "ok" and ours[0] == "unsupported":
            verdict = "refused by design"
            self.reasons[ours[1].split(": ", 1)[-1][:60]] += 1
        elif python[0] == "limit" and ok:
            verdict = "refused by Python's limits"
        else:
            verdict = "failed"
            self.kinds[(python[0], ours[0], python[1][:50] if python[0] != "ok" else ours[1][:50] if not ok else "text")] += 1
            if len(self.shown) < SHOWN_MAX or SHOW:
                self.shown.append(f"FAILED  {name}: {template[:1500]!r}\n    python {python[0]} {python[1][:700]!r}\n    ours   {ours[0]} {ours[1][:700]!r}")
        counts[group, verdict] += 1

    def run(self, program, group, cases):
        for case, ours in zip(cases, our_renders(program, cases)):
            self.judge(group, case[0], case[1], python_render(case[1], case[2]), ours)


def installed_templates():
    """Of the packages trl and transformers: *.jinja files, and strings of their code that look like chat templates."""
    import transformers
    import trl
    found = {}
    for package in (transformers, trl):
        folder = pathlib.Path(package.__file__).parent
        for path in sorted(folder.rglob("*.jinja")):
            found[f"{package.__name__}/{path.relative_to(folder)}"] = path.read_text()
        for path in sorted(folder.rglob("*.py")):
            source = path.read_text(errors="replace")
            if "{%" not in source or "messages" not in source:
                continue
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and "{%" in node.value and "message" in node.value:
                    found[f"{package.__name__}/{path.relative_to(folder)}:{node.lineno}"] = node.value
    return found


def template_cases(templates):
    cases = []
    for name, text in templates.items():
        for title, variables in jinja_conversations.cases():
            plain = chat_template_utils._plain_template_data(variables)
            plain["messages"] = chat_template_utils._alias_reasoning_fields(plain["messages"])
            cases.append((f"{name} / {title}", text, plain))
    return cases


def generated_cases(numbers, used):
    cases = []
    for number in numbers:
        text, features = jinja_programs.program(random.Random(f"{SEED}-{number}"), number)
        used.update(features.keys())
        cases.append((f"program {number}", text, jinja_programs.VARIABLES))
    return cases


def mutation_cases(count, templates):
    names, conversations = sorted(templates), jinja_conversations.cases()
    cases = []
    for number in range(count):
        dice = random.Random(f"{SEED}-mutation-{number}")
        name = dice.choice(names)
        cases.append((f"mutation {number} of {name}", jinja_programs.mutated(dice, templates[name]), dice.choice(conversations)[1]))
    return cases


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    numbers = [int(word) for word in sys.argv[2:] if word.isdigit()]
    count = numbers[0] if numbers else int(os.environ.get("SLIPWAY_JINJA_PROGRAMS", COUNT))
    tally, used = Tally(), collections.Counter()
    installed = installed_templates()
    own = {path.name: path.read_text() for path in sorted((ROOT / "tests/golden/templates").glob("*.jinja"))}
    print(f"{len(installed)} installed templates, {len(own)} of ours")
    tally.run(program, "installed templates", template_cases(installed))
    tally.run(program, "templates of ours", template_cases(own))
    for begin in range(0, count, 5_000):
        tally.run(program, "programs", generated_cases(range(begin, min(count, begin + 5_000)), used))
    tally.run(program, "mutations", mutation_cases(count // 4, {**installed, **own}))
    report(tally, used, count)
    failed = sum(n for (_, verdict), n in tally.counts.items() if verdict == "failed")
    empty = [group for group in ("installed templates", "templates of ours", "programs") if not tally.counts[group, "rendered"]]
    print("\n".join(f"FAILED  nothing was rendered of: {group}" for group in empty))
    rarest, times = min(used.items(), key=lambda row: row[1])
    print(f"the rarest of {len(used)} constructs is in {times} programs: {rarest}")
    if times * RAREST_SHARE < count:
        print(f"FAILED  {rarest} is in fewer than one program of {RAREST_SHARE}")
        empty.append(rarest)
    passed = sum(n for (_, verdict), n in tally.counts.items() if verdict == "passed")
    print(f"{passed} passed, {failed + len(empty)} failed")
    return 1 if failed or empty else 0


def report(tally, used, count):
    print("\n".join(tally.shown))
    for kind, number in tally.kinds.most_common(40):
        print(f"{number:7} {kind}")
    print(f"programs that use it, of {count}:")
    for feature, number in sorted(used.items()):
        print(f"{number:7} {feature}")
    for reason, number in tally.reasons.most_common(30):
        print(f"{number:7} refused by design: {reason}")
    for (group, verdict), number in sorted(tally.counts.items()):
        print(f"{number:7} {group}: {verdict}")


if __name__ == "__main__":
    sys.exit(main())
