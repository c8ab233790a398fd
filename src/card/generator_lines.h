// card/generator_lines.h - the lines that trl, transformers, peft and what is built on them write, as
// patterns.
//
// Contract   Told by lines, not by marks: a card counts as generated only while every line of it is one
//            that its generator writes, so that no word of a person's is ever replaced.
// Source     the generators of trl 0.12 to 1.16, transformers 4 and 5, peft 0.6 to 0.21, run by
//            tools/make_cards.py; of axolotl, LLaMA-Factory and unsloth by the form of their cards
// Threads    value
#pragma once

#include <string_view>
#include <vector>

#include "card/card.h"

namespace slipway::card {

// `*` stands for any run of characters without the end of a sentence (". ").
bool line_matches(std::string_view pattern, std::string_view line);
// The runs that the stars of `pattern` stand for; empty when it does not match.
std::vector<std::string_view> stars_of(std::string_view pattern, std::string_view line);

// A line outside code, and one inside a block that begins with ```language. Tables, list items of names and
// values, and citations are generated_body's.
bool is_line_of(Generator generator, std::string_view line);
bool is_code_line_of(Generator generator, std::string_view language, std::string_view line);

inline constexpr std::string_view kTrlMark =
    "It has been trained using [TRL](https://github.com/huggingface/trl).";
inline constexpr std::string_view kTransformersMark =
    "<!-- This model card has been generated automatically according to the information * had access to. You";
inline constexpr std::string_view kPeftMark = "# Model Card for Model ID";

inline constexpr std::string_view kUnslothMark = "# Uploaded * model";

inline constexpr std::string_view kMethodWithPaper =
    "This model was trained with *, a method introduced in [*](https://huggingface.co/papers/*).";
inline constexpr std::string_view kBadge = "[<img src=\"https://*\" alt=\"Visualize in *\" *>](*)";

}  // namespace slipway::card
