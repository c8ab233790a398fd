#!/usr/bin/env python3
"""Cards that people edited by hand, refreshed three times with another run in between: every edit stands.

    card_edits_test.py PROGRAM   (the slipway program)

Of each edit: what was written stands byte for byte after every refresh, all else outside of our parts and of the
front matter is untouched, our parts say what the run says now, and a refresh without a change of the run changes no
byte. The last line is "N passed, N failed".
"""
import json
import re
import shutil
import subprocess
import sys

from ground import CHECKS, PROGRAM, ROOT, WORK, run_checks

REGION = re.compile(rb"<!-- slipway:begin (\S+) -->\r?\n.*?<!-- slipway:end \1 -->\r?\n", re.S)
EDITS = []


def edit(*stands, fresh=(), strict=True):
    """STANDS: bytes that are there from the edit on; FRESH: bytes that the next refresh takes away. Not STRICT: what is outside of
    our parts changes too, for a part comes back."""
    def register(function):
        EDITS.append((function.__name__.replace("_", " "), function, stands, fresh, strict))
        return function
    return register


def after_front(text, added):
    front, body = text.split(b"\n---\n", 1)
    return front + b"\n---\n" + added + body


def in_front(text, added):
    front, body = text.split(b"\n---\n", 1)
    return front + b"\n" + added + b"\n---\n" + body


def before_part(text, name, added):
    mark = b"<!-- slipway:begin " + name + b" -->"
    assert text.count(mark) == 1
    return text.replace(mark, added + mark)


def part(text, name):
    return next(match for match in REGION.finditer(text) if match[1] == name)[0]


@edit(b"Written by a person, at the top.\n")
def words_before_the_first_part(text):
    return after_front(text, b"\nWritten by a person, at the top.\n\n")


@edit(b"## Limits\n\n*Not* for law.  \nNor for medicine.\n")
def words_between_two_parts(text):
    return before_part(text, b"training", b"## Limits\n\n*Not* for law.  \nNor for medicine.\n\n")


@edit(b"## Thanks\n\n- to all\n\t- and you\n")
def words_after_the_last_part(text):
    return text + b"\n## Thanks\n\n- to all\n\t- and you\n"


@edit(b"the last line has no end")
def no_final_line_end(text):
    return text + b"\nthe last line has no end"


@edit(b"top", b"middle", b"bottom")
def words_everywhere_at_once(text):
    return before_part(after_front(text, b"\ntop\n"), b"stops", b"middle\n\n") + b"bottom\n"


@edit(b"\nmy_key: [1, 2.50, yes]\nco2_eq_emissions:\n    emissions: 1.50\n    source: 'a meter'")
def keys_of_their_own(text):
    return in_front(text, b"my_key: [1, 2.50, yes]\nco2_eq_emissions:\n    emissions: 1.50\n    source: 'a meter'")


@edit(b"---\n# mine: do not touch\n", b"\n\n# another, after a blank line\nwidget: []  # and at the end")
def comments_in_the_front_matter(text):
    return in_front(text.replace(b"---\n", b"---\n# mine: do not touch\n", 1), b"\n# another, after a blank line\nwidget: []  # and at the end")


@edit(b'\nlicense: "mit"  # quoted\n', b"\nlibrary_name:   'transformers'\n")
def quoted_forms(text):
    text = re.sub(rb"\nlicense: mit\n", b'\nlicense: "mit"  # quoted\n', text)
    return re.sub(rb"\nlibrary_name: transformers\n", b"\nlibrary_name:   'transformers'\n", text)


@edit(b"\ndatasets: [org/second, org/first]\n", b"\nlanguage:\n  - de\n  - en\n")
def lists_in_another_order_and_form(text):
    text = re.sub(rb"\ndatasets:\n(- \S+\n)+", b"\ndatasets: [org/second, org/first]\n", text)
    return re.sub(rb"\nlanguage:\n(- \S+\n)+", b"\nlanguage:\n  - de\n  - en\n", text)


@edit(b"\ntags:\n- zebra\n- sft\n- mine\n- trl\n- generated_from_trainer\n")
def tags_in_another_order_with_one_more(text):
    return re.sub(rb"\ntags:\n(- \S+\n)+", b"\ntags:\n- zebra\n- sft\n- mine\n- trl\n- generated_from_trainer\n", text)


@edit(b"\ntags:\n- mine\n")
def tags_deleted(text):
    return re.sub(rb"\ntags:\n(- \S+\n)+", b"\ntags:\n- mine\n", text)


@edit(b"\ndatasets:\n- org/first\n- org/second\n- org/by-hand\n")
def a_data_set_added(text):
    return re.sub(rb"\ndatasets:\n(- \S+\n)+", b"\ndatasets:\n- org/first\n- org/second\n- org/by-hand\n", text)


@edit(b"extra_gated_prompt: |\n  Agree,\n\n    please.\n  # no comment\n", b"\nanchor: &a [x]\nsame: *a")
def block_texts_and_anchors(text):
    return in_front(text, b"extra_gated_prompt: |\n  Agree,\n\n    please.\n  # no comment\nanchor: &a [x]\nsame: *a")


@edit(b"  - task:\n      type: text-generation\n    dataset:\n      type: cais/mmlu\n      name: MMLU\n", b"value: 0.5\n")
def a_result_of_their_own(text):
    return re.sub(rb"(\nmodel-index:\n- name: .*\n  results:\n)", rb"\1  - task:\n      type: text-generation\n    dataset:\n      type: cais/mmlu\n"
                  rb"      name: MMLU\n    metrics:\n    - type: acc\n      value: 0.5\n", text)


@edit(b"Windows\r\n", b"\r\nkey_of_windows: 1\r\n")
def windows_line_ends(text):
    return in_front(text, b"key_of_windows: 1").replace(b"\n", b"\r\n") + b"\r\nWindows\r\n"


@edit(b"kept words", strict=False)
def a_part_deleted(text):
    return text.replace(part(text, b"evaluation"), b"") + b"\nkept words\n"


@edit(b"kept words", fresh=[b"0.123456789 in a part"])
def words_inside_of_a_part_are_the_parts(text):
    return text.replace(b"<!-- slipway:end evaluation -->", b"0.123456789 in a part\n<!-- slipway:end evaluation -->") + b"\nkept words\n"


@edit(b"\n# A Name by Hand\n")
def the_title_renamed(text):
    return re.sub(rb"\n# .*\n", b"\n# A Name by Hand\n", text, count=1)


@edit(b"A Title\n=======\n", b"\n## About this model\n")
def a_title_above_ours(text):
    return after_front(text, b"\nA Title\n=======\n\n")


@edit(b"caf\xe9 \xff\xfe bytes that are no UTF-8\n")
def bytes_that_are_no_text(text):
    return before_part(text, b"versions", b"caf\xe9 \xff\xfe bytes that are no UTF-8\n\n")


@edit(b"```md\n# no heading\n<!-- slipway:begin stops -->\n---\nkey: value\n---\n```\n")
def code_that_looks_like_a_card(text):
    return text + b"\n```md\n# no heading\n<!-- slipway:begin stops -->\n---\nkey: value\n---\n```\n"


@edit("\U0001F6A2 船 é\u2028\u00a0\n".encode(), b"trailing blanks  \t \n", b"\x0b\x0c\n")
def letters_of_all_kinds(text):
    return text + "\U0001F6A2 船 é\u2028\u00a0\n".encode() + b"trailing blanks  \t \n\x0b\x0c\n"


@edit(b"<details>\n<summary>More</summary>\n\n| a | b |\n|--|:-:|\n| 1 | `|` |\n\n</details>\n", b"<!-- a comment\nof two lines -->\n")
def html_and_tables(text):
    return before_part(text, b"data-sets", b"<details>\n<summary>More</summary>\n\n| a | b |\n|--|:-:|\n| 1 | `|` |\n\n</details>\n"
                       b"<!-- a comment\nof two lines -->\n\n")


@edit(b"\xef\xbb\xbf---\n")
def a_byte_order_mark(text):
    return b"\xef\xbb\xbf" + text


@edit(b"Only words, no front matter.\n", strict=False)
def the_front_matter_deleted(text):
    return text.split(b"\n---\n", 1)[1] + b"\nOnly words, no front matter.\n"


def refresh(run):
    done = subprocess.run([PROGRAM, "card", str(run), "--config", str(run.parent / "recipe.yaml"), "--license=mit", "--language=en", "--language=de",
                           "--json"], capture_output=True, check=False)
    result = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, result
    return result["changed"], (run / "README.md").read_bytes()


def measure(run, **metrics):
    (run / "eval_results.json").write_text(json.dumps({f"eval_{key}": value for key, value in metrics.items()}))


def outside(text):
    text = re.sub(rb"\A(\xef\xbb\xbf)?---\r?\n.*?\n---\r?\n", rb"", text, count=1, flags=re.S)
    return REGION.sub(rb"<part>", text)


def hold(text, before, stands, strict):
    for one in stands:
        assert one in text, (one, text.decode("utf-8", "replace"))
    assert not strict or outside(text) == outside(before), (outside(before), outside(text))


def survive(name, function, stands, fresh, strict):
    run = WORK / name.replace(" ", "-") / "run"
    shutil.copytree(ROOT / "examples/runs/chatml-full", run)
    (run.parent / "recipe.yaml").write_text("dataset_mixer:\n  org/first: 1.0\n  org/second: 0.5\nlearning_rate: 2.0e-05\n")
    measure(run, loss=1.25)
    _, first = refresh(run)
    edited = function(first)
    assert edited != first and all(one in edited for one in (*stands, *fresh)) or not strict or "above" in name, edited.decode("utf-8", "replace")
    (run / "README.md").write_bytes(edited)
    changed, text = refresh(run)
    hold(text, edited, stands, strict)
    assert not any(one in text for one in fresh)
    again, same = refresh(run)
    assert not again and same == text
    measure(run, loss=0.75, accuracy=0.875)
    changed, later = refresh(run)
    assert changed and b"| Accuracy | 0.875 |" in later and b"| Loss | 0.75 |" in later, later.decode("utf-8", "replace")
    hold(later, text, stands, True)
    again, same = refresh(run)
    assert not again and same == later


for each in EDITS:
    CHECKS.append((each[0], lambda each=each: survive(*each)))

if __name__ == "__main__":
    sys.exit(run_checks())
