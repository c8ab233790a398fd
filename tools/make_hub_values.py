#!/usr/bin/env python3
"""Writes src/card/hub_values_data.cc from tests/golden/hub/*.json: the lists that the Hub checks cards against."""

import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden" / "hub"
WIDTH = 108


def table(name, values, order):
    lines, line = [], "    "
    for value in values:
        piece = json.dumps(value) + ", "
        if len(line) + len(piece.rstrip()) > WIDTH:
            lines.append(line.rstrip())
            line = "    "
        line += piece
    lines.append(line.rstrip())
    return f"// {order}\nconstexpr std::string_view {name}[] = {{\n" + "\n".join(lines) + "\n};\n"


def main():
    licenses = [entry["id"] for entry in json.loads((GOLDEN / "licenses.json").read_text())["licenses"]]
    tags = [entry["id"] for entry in json.loads((GOLDEN / "pipeline_tags.json").read_text())["pipeline_tags"]]
    languages = json.loads((GOLDEN / "languages.json").read_text())
    short = sorted({*languages["special"], *languages["iso_639_1"]})
    long = "".join(sorted(languages["iso_639_3"].split()))
    chunks = [long[at:at + 102] for at in range(0, len(long), 102)]
    text = "// Made by tools/make_hub_values.py; do not edit.\n#include \"card/hub_values_data.h\"\n\n"
    text += "// clang-format off\nnamespace slipway::card {\nnamespace {\n\n"
    text += table("kLicenses", licenses, "In the Hub's own order.") + "\n"
    text += table("kPipelineTags", tags, "In the Hub's own order.") + "\n"
    text += table("kShortLanguages", short, "ISO 639-1 and the special values, sorted.") + "\n"
    text += "// ISO 639-3, sorted, three letters each without a gap.\nconstexpr std::string_view kLongLanguages =\n"
    text += "\n".join(f"    \"{chunk}\"" for chunk in chunks) + ";\n\n}  // namespace\n\n"
    text += "std::span<const std::string_view> license_ids() { return kLicenses; }\n"
    text += "std::span<const std::string_view> pipeline_tag_ids() { return kPipelineTags; }\n"
    text += "std::span<const std::string_view> short_language_codes() { return kShortLanguages; }\n"
    text += "std::string_view long_language_codes() { return kLongLanguages; }\n\n}  // namespace slipway::card\n"
    (ROOT / "src" / "card" / "hub_values_data.cc").write_text(text)
    print(len(licenses), "licences,", len(tags), "pipeline tags,", len(short), "+", len(long) // 3, "languages")


if __name__ == "__main__":
    main()
