#!/usr/bin/env python3
"""Python's json beside ours: 100,000 generated documents and every JSON file of the examples.

    json_against_python_test.py ANSWERS [COUNT]   (the json_answers program of a build)

Each document: the verdict is that of json.loads, or differs for a reason of DIFFERENCES and only then; the text is
kept byte for byte; what Python printed, and every example, is printed again the same from its values; the values are
Python's, numbers by their text and the bits of their double, strings by code points. One edit each (a key changed, added or removed in any object): the
bytes around it stay, and json.loads reads what the same edit makes of Python's object. The last line is "N passed,
N failed", where a document counts once.
"""
import collections
import json
import multiprocessing
import pathlib
import random
import re
import struct
import subprocess
import sys

import json_documents

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SEED, BATCH, COUNT, SHOWN_MAX = 20, 5_000, 100_000, 20
DEPTH_MAX = 128
DIFFERENCES = {
    "twins": "stricter: a key that stands twice is refused, Python keeps the last and loses the others",
    "lone": "stricter: half a surrogate pair is refused, no UTF-8 can hold it",
    "deep": f"stricter: values more than {DEPTH_MAX} levels down are refused, Python's limit is its stack's",
    "nan": "stricter without allow_nan: NaN and Infinity are no JSON (with it the verdicts are equal)",
    "digits": "laxer: integers of over 4300 digits keep their text, Python refuses to convert them",
}
HALVES = re.compile("[\ud800-\udfff]")
TOKEN = re.compile(r'[{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+')


class Number(str):
    pass


class Members(list):
    pass


def loads(text):
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number, object_pairs_hook=Members)


class Dump:
    """The dump of json_answers.cc made of Python's values, and the reasons for a difference met on the way."""

    def __init__(self, value, sort=False):
        self.out, self.reasons, self.sort = [], set(), sort
        self.put(value, 0)
        self.text = "".join(self.out)

    def put_string(self, text):
        if HALVES.search(text):
            self.reasons.add("lone")
        self.out.append(f"s{len(text)}:{text}")

    def put_number(self, text):
        bits = struct.pack(">d", float(text)).hex()
        self.out.append(f"#{text}={bits}")
        if text[-1] in "Ny":
            self.reasons.add("nan")
        elif text.lstrip("-").isdigit() and len(text) < 25:
            whole = int(text)
            self.out.append(f"i{whole}" if -2**63 <= whole < 2**63 else "")
            self.out.append(f"u{whole}" if 0 <= whole < 2**64 and text[0] != "-" else "")

    def put(self, value, depth):
        if depth > DEPTH_MAX:
            self.reasons.add("deep")
        if isinstance(value, Number):
            self.put_number(value)
        elif isinstance(value, str):
            self.put_string(value)
        elif isinstance(value, Members):
            if len({key for key, _ in value}) != len(value):
                self.reasons.add("twins")
            self.out.append("{")
            for key, member in sorted(value, key=lambda pair: pair[0]) if self.sort else value:
                self.put_string(key)
                self.put(member, depth + 1)
            self.out.append("}")
        elif isinstance(value, list):
            self.out.append("[")
            for item in value:
                self.put(item, depth + 1)
            self.out.append("]")
        else:
            self.out.append({None: "n", True: "t", False: "f"}[value])


class Case:
    def __init__(self, content, style, dice, example=False):
        self.content, self.style, self.example = content, style, example
        self.operation, self.value, self.path = "", "", []
        self.text = self.root = self.dump = None
        self.accepted, self.reasons = False, set()
        self.read()
        if self.dump and isinstance(self.root, Members):
            self.choose_edit(dice)

    def read(self):
        try:
            self.text = self.content.decode()
            self.root = loads(self.text)
            dump = Dump(self.root)
            self.dump, self.reasons = dump.text, dump.reasons
            json.loads(self.text)
            self.accepted = True
        except RecursionError:
            pass
        except ValueError as error:
            if "integer string conversion" in str(error):
                self.reasons.add("digits")

    def choose_edit(self, dice):
        where, stop = self.root, dice.choice([0.0, 0.3])  # half go as deep as there are objects
        while True:
            inner = [(key, member) for key, member in where if isinstance(member, Members)]
            if not inner or dice.random() < stop:
                break
            key, where = dice.choice(inner)
            self.path.append(key)
        keys = [key for key, _ in where]
        pick = dice.random()
        self.operation = "erase" if pick < 0.3 else "set"
        old = keys and pick < 0.65
        self.path.append(dice.choice(keys) if old else json_documents.new_key(dice))
        if self.operation == "set":
            self.value = json_documents.new_value(dice)
        if any(map(HALVES.search, self.path)):
            self.operation = ""  # refused as a whole

    def request(self):
        parts = [self.content, self.style or "2", self.operation, self.value, str(len(self.path)), *self.path]
        if not self.operation:
            parts[4:] = ["0"]
        parts = [part if isinstance(part, bytes) else part.encode() for part in parts]
        return b"".join(b"%d\n%s" % (len(part), part) for part in parts)


def answers(program, cases):
    done = subprocess.run([program], input=b"".join(case.request() for case in cases), capture_output=True, check=False)
    fields, at = [], 0
    while at < len(done.stdout):
        line = done.stdout.index(b"\n", at)
        end = line + 1 + int(done.stdout[at:line])
        fields.append(done.stdout[line + 1:end].decode())
        at = end
    rows = [fields[i:i + 8] for i in range(0, len(fields), 8)]
    if len(rows) < len(cases):
        print(f"the program ended with {done.returncode}: {done.stderr.decode()[-300:]}")
    return rows + [None] * (len(cases) - len(rows))


def spans(tokens, token=None):
    """Where a value stands in a good text: begin, end, {key: (key's begin, value's spans)} of an object."""
    token = token or next(tokens)
    members = {} if token[0] == "{" else None
    begin, end = token.start(), token.end()
    if token[0] in "[{":
        token = next(tokens)
        while token[0] not in "]}":
            if token[0] == ",":
                token = next(tokens)
            if members is None:
                spans(tokens, token)
            else:
                next(tokens)
                members[json.loads(token[0])] = (token.start(), spans(tokens))
            token = next(tokens)
        end = token.end()
    return begin, end, members


def bytes_to_change(case):
    """Begin and end of the only part of the text that the edit may replace, from the contract of json.h."""
    where = spans(TOKEN.finditer(case.text))
    for key in case.path[:-1]:
        where = where[2][key][1]
    begin, end, members = where
    key, keys = case.path[-1], list(members)
    if key in members and case.operation == "set":
        return members[key][1][:2]
    if key not in members and case.operation == "erase":
        return begin, begin
    if len(keys) == (key in members):
        return begin + 1, end - 1
    if key not in members:
        after = [old for old in keys if old > key] if keys == sorted(keys) else []
        at = members[after[0]][0] if after else members[keys[-1]][1][1]
        return at, at
    index = keys.index(key)  # with the comma behind it, or the one before when it is the last
    if index + 1 < len(keys):
        return members[key][0], members[keys[index + 1]][0]
    return members[keys[index - 1]][1][1], members[key][1][1]


def edit(case):
    where = case.root
    for key in case.path[:-1]:
        where = next(member for name, member in where if name == key)
    key = case.path[-1]
    at = next((i for i, (name, _) in enumerate(where) if name == key), None)
    if case.operation == "erase":
        if at is not None:
            del where[at]
    elif at is None:
        where.append((key, loads(case.value)))
    else:
        where[at] = (key, loads(case.value))


def check_edit(case, edited):
    begin, end = bytes_to_change(case)
    edit(case)
    wanted = Dump(case.root, sort=True)
    if "deep" in wanted.reasons:
        return [] if edited.startswith("!") else ["an edit past the depth was taken"]
    least = len(case.text) - (end - begin)
    if len(edited) < least or not edited.startswith(case.text[:begin]) or not edited.endswith(case.text[end:]):
        return [f"bytes outside {begin}..{end} changed: {edited[:600]!r}"]
    if case.operation == "erase" and len(edited) != least:
        return [f"bytes are left over of {begin}..{end}: {edited[:600]!r}"]
    if Dump(loads(edited), sort=True).text != wanted.text:
        return [f"the edit is not Python's: {edited[:600]!r}"]
    return []


def check_verdict(case, row):
    stricter, laxer = case.reasons & {"twins", "lone", "deep"}, "digits" in case.reasons
    if (row[0] == "ok") != ((case.accepted or laxer) and not stricter):
        yield f"verdict {row[0]!r}, Python's is {case.accepted}, reasons {case.reasons}"
    if (row[1] == "ok") != (row[0] == "ok" and "nan" not in case.reasons):
        yield f"verdict without NaN {row[1]!r}, reasons {case.reasons}"


def check(case, row):
    if row is None:
        return ["no answer"]
    problems = list(check_verdict(case, row))
    if row[0] != "ok" or problems:
        return problems
    if row[2].encode() != case.content:
        problems.append("the text was not kept")
    if row[3] != case.dump:
        problems.append(f"values {row[3][:600]!r} are not {case.dump[:600]!r}")
    if case.style and row[4] != case.text:
        problems.append(f"printed in the style {case.style} {row[4][:600]!r}")
    if (case.style or case.example) and isinstance(case.root, Members) and row[5] != case.text:
        problems.append(f"printed in the style seen {row[5][:600]!r}")
    if Dump(loads(row[6])).text != case.dump:
        problems.append(f"printed compactly {row[6][:600]!r}")
    return problems + (check_edit(case, row[7]) if case.operation else [])


def judged(program, named):
    counts, lines = collections.Counter(), []
    cases = [case for _, case in named]
    for (name, case), row in zip(named, answers(program, cases)):
        problems = check(case, row)
        counts["failed" if problems else "passed"] += 1
        counts["taken" if row and row[0] == "ok" else "refused"] += 1
        counts["refused by both"] += bool(row and row[0] != "ok" and not case.accepted)
        counts["edits past the depth refused"] += bool(row and row[7].startswith("!"))
        counts["edits"] += bool(row and row[0] == "ok" and case.operation)
        counts["printed by Python"] += case.style is not None
        for reason in case.reasons:
            counts[reason] += 1
        lines += [f"FAILED  {name}: {case.content[:600]!r} {case.operation} {case.path} {case.value!r}: {problem}"
                  for problem in problems]
    return counts, lines[:SHOWN_MAX]


def batch(work):
    program, number, size = work
    dice = random.Random(f"{SEED}-{number}")
    return judged(program, [(f"document {number}-{i}", Case(*json_documents.document(dice), dice)) for i in range(size)])


def examples(program):
    """Each file, with ten edits of it."""
    dice = random.Random(SEED)
    named = [(str(path.relative_to(ROOT)), Case(path.read_bytes(), None, dice, example=True))
             for path in sorted((ROOT / "examples").rglob("*.json")) for _ in range(10)]
    return judged(program, named)


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    count = int(sys.argv[2]) if len(sys.argv) > 2 else COUNT
    total, lines = examples(program)
    with multiprocessing.Pool() as pool:
        works = [(program, number, min(BATCH, count - begin)) for number, begin in enumerate(range(0, count, BATCH))]
        for counts, more in pool.imap(batch, works):
            total += counts
            lines += more
    print("\n".join(lines[:SHOWN_MAX]))
    for name in "taken", "refused", "refused by both", "edits", "edits past the depth refused", "printed by Python":
        print(f"{total[name]:7} {name}")
    for name, why in DIFFERENCES.items():
        print(f"{total[name]:7} {why}")
    print(f"{total['passed']} passed, {total['failed']} failed")
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
