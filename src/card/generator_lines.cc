#include "card/generator_lines.h"

#include <algorithm>
#include <array>
#include <optional>

#include "card/settings.h"

namespace slipway::card {
namespace {

enum Who : unsigned { kByTrl = 1, kByTransformers = 2, kByPeft = 4, kByUnsloth = 8, kByAll = 15 };

struct Row {
  unsigned who;
  std::string_view pattern;
};

constexpr auto kLines = std::to_array<Row>({
    // What peft adds to any card.
    {kByAll, "### Framework versions"},
    {kByAll, "### Framework Versions"},
    {kByAll, "## Training procedure"},
    {kByAll, "The following `bitsandbytes` quantization config was used during training:"},
    // trl
    {kByTrl, "# Model Card for *"},
    {kByTrl, "This model is a fine-tuned version of [*](https://huggingface.co/*)."},
    {kByTrl, "This model is a fine-tuned version of [*](https://huggingface.co/*) on the [*](*) dataset."},
    {kByTrl, kTrlMark},
    {kByTrl, "## Quick start"},
    {kByTrl, kBadge},
    {kByTrl, kMethodWithPaper},
    {kByTrl, "This model was trained with *."},
    {kByTrl, "## Citations"},
    {kByTrl, "## Citation"},
    // transformers
    {kByTransformers, kTransformersMark},
    {kByTransformers, "should probably proofread and complete it, then remove this comment. -->"},
    {kByTransformers, "# *"},
    {kByTransformers, kBadge},
    {kByTransformers, "<a href=\"*\" target=\"_blank\"><img src=\"https://*\" alt=\"Visualize in *\" *></a>"},
    {kByTransformers, "This model is a fine-tuned version of [*](https://huggingface.co/*) on * dataset."},
    {kByTransformers, "This model is a fine-tuned version of [*](https://huggingface.co/*) on * datasets."},
    {kByTransformers, "This model was trained from scratch on * dataset."},
    {kByTransformers, "This model was trained from scratch on * datasets."},
    {kByTransformers, "It achieves the following results on the evaluation set:"},
    {kByTransformers, "## Model description"},
    {kByTransformers, "## Intended uses & limitations"},
    {kByTransformers, "## Training and evaluation data"},
    {kByTransformers, "### Training hyperparameters"},
    {kByTransformers, "### Training results"},
    {kByTransformers, "The following hyperparameters were used during training:"},
    {kByTransformers, "More information needed"},
    // axolotl, whose cards are those of transformers with a badge and its configuration
    {kByTransformers, "[<img src=\"https://*\" alt=\"Built with Axolotl\" *>](https://github.com/*/axolotl)"},
    // unsloth
    {kByUnsloth, kUnslothMark},
    {kByUnsloth, "[<img src=\"https://*/unsloth/*\" width=\"200\"/>](https://github.com/unslothai/unsloth)"},
    // peft: the Hub's template, not filled in
    {kByPeft, kPeftMark},
    {kByPeft, "[More Information Needed]"},
    {kByPeft, "Use the code below to get started with the model."},
});

// Lines with stars of their own, and beginnings of lines of several sentences.
constexpr auto kTemplateLines = std::to_array<std::string_view>({
    "**BibTeX:**",
    "**APA:**",
    "Users (both direct and downstream) should be made aware of the risks, biases and limitations of the "
    "model. More information needed for further recommendations.",
});
constexpr auto kTemplateBeginnings = std::to_array<std::string_view>({
    "- **Training regime:** [More Information Needed] <!--fp32, fp16 mixed precision",
    "<!-- This relates heavily to the Technical Specifications. Content here ",
    "Carbon emissions can be estimated using the [Machine Learning Impact calculator](",
    "<!-- Provide a ",
    "<!-- Provide the ",
    "<!-- This section ",
    "<!-- This should link to ",
    "<!-- Address questions ",
    "<!-- These are the ",
    "<!-- Relevant interpretability work ",
    "<!-- If there is a paper ",
    "<!-- If relevant, include terms ",
    "<!-- Total emissions ",
});

constexpr auto kTemplateHeadings = std::to_array<std::string_view>({
    "Model Details",
    "Model Description",
    "Model Sources [optional]",
    "Uses",
    "Direct Use",
    "Downstream Use [optional]",
    "Out-of-Scope Use",
    "Bias, Risks, and Limitations",
    "Recommendations",
    "How to Get Started with the Model",
    "Training Details",
    "Training Data",
    "Training Procedure",
    "Preprocessing [optional]",
    "Training Hyperparameters",
    "Speeds, Sizes, Times [optional]",
    "Evaluation",
    "Testing Data, Factors & Metrics",
    "Testing Data",
    "Factors",
    "Metrics",
    "Results",
    "Summary",
    "Model Examination [optional]",
    "Environmental Impact",
    "Technical Specifications [optional]",
    "Model Architecture and Objective",
    "Compute Infrastructure",
    "Hardware",
    "Software",
    "Citation [optional]",
    "Glossary [optional]",
    "More Information [optional]",
    "Model Card Authors [optional]",
    "Model Card Contact",
});

constexpr auto kPython = std::to_array<std::string_view>({
    "from transformers import pipeline",
    "question = \"If you had a time machine, *\"",
    "text = \"The capital of France is *\"",
    "generator = pipeline(\"text-generation\", model=\"*\", device*)",
    "rewarder = pipeline(model=\"*\", device*)",
    "output = generator([{\"role\": \"user\", \"content\": question}], max_new_tokens=128, "
    "return_full_text=False)[0]",
    "output = rewarder(text)[0]",
    "print(output[\"*\"])",
});

constexpr auto kVersioned = std::to_array<std::string_view>(
    {"TRL", "PEFT", "Transformers", "Pytorch", "PyTorch", "TensorFlow", "Datasets", "Tokenizers"});

constexpr auto kUnslothHelpers = std::to_array<std::string_view>({
    "[Unsloth](https://github.com/unslothai/unsloth)",
    "[Unsloth](https://github.com/unslothai/unsloth) and Huggingface's TRL library.",
});

unsigned bit_of(Generator generator) {
  switch (generator) {
    case Generator::kTrl:
      return kByTrl;
    case Generator::kTransformers:
      return kByTransformers;
    case Generator::kPeft:
      return kByPeft;
    case Generator::kUnsloth:
      return kByUnsloth;
    case Generator::kPerson:
      break;
  }
  return 0;
}

// "- Transformers 5.24.0" and "- TRL: 1.16.0"
bool is_version_line(std::string_view line) {
  const auto named = [&](std::string_view name) {
    const bool begins = line.starts_with("- ") && line.substr(2).starts_with(name);
    std::string_view rest = begins ? line.substr(2 + name.size()) : std::string_view();
    if (rest.starts_with(':')) rest.remove_prefix(1);
    return rest.starts_with(' ') && is_version(rest.substr(1));
  };
  return std::ranges::any_of(kVersioned, named);
}

bool is_template_line(std::string_view line) {
  const auto begins = [&](std::string_view beginning) { return line.starts_with(beginning); };
  if (std::ranges::find(kTemplateLines, line) != kTemplateLines.end()) return true;
  if (std::ranges::any_of(kTemplateBeginnings, begins)) return true;
  if (line.starts_with("- **") && line.ends_with(":** [More Information Needed]")) return true;
  const auto marks = line.find_first_not_of('#');
  if (marks == 0 || marks == std::string_view::npos || line[marks] != ' ') return false;
  return std::ranges::find(kTemplateHeadings, line.substr(marks + 1)) != kTemplateHeadings.end();
}

// "Cite DPO as:", "Cite Online DPO as:"; not "Cite our paper as:"
bool is_cite_line(std::string_view line) {
  const auto stars = stars_of("Cite * as:", line);
  return stars.size() == 1 && !stars[0].empty() && stars[0][0] >= 'A' && stars[0][0] <= 'Z' &&
         std::ranges::count(stars[0], ' ') <= 1;
}

bool is_word(std::string_view text) {
  return !text.empty() && text.find_first_of(" \t<>[]") == std::string_view::npos;
}

// Names of one word: what a person says there has more.
bool is_unsloth_line(std::string_view line) {
  if (line == "- **License:** apache-2.0") return true;
  for (const std::string_view beginning : {"- **Developed by:** ", "- **Finetuned from model :** "}) {
    if (line.starts_with(beginning)) return is_word(line.substr(beginning.size()));
  }
  const auto stars = stars_of("This * model was trained 2x faster with *", line);
  return stars.size() == 2 && is_word(stars[0]) &&
         std::ranges::find(kUnslothHelpers, stars[1]) != kUnslothHelpers.end();
}

// The first end of `piece` in `line` from `at` on.
std::optional<std::size_t> after_piece(std::string_view line, std::size_t at, std::string_view piece,
                                       bool last) {
  const auto found =
      last ? (line.size() >= at + piece.size() && line.ends_with(piece) ? line.size() - piece.size()
                                                                        : std::string_view::npos)
           : line.find(piece, at);
  if (found == std::string_view::npos) return std::nullopt;
  return found;
}

}  // namespace

std::vector<std::string_view> stars_of(std::string_view pattern, std::string_view line) {
  std::size_t star = pattern.find('*');
  if (!line.starts_with(pattern.substr(0, star)) || star == std::string_view::npos) return {};
  std::vector<std::string_view> stars;
  std::size_t at = star;
  while (star != std::string_view::npos) {
    const std::size_t next = pattern.find('*', star + 1);
    const std::string_view piece =
        pattern.substr(star + 1, next == std::string_view::npos ? next : next - star - 1);
    const auto end = after_piece(line, at, piece, next == std::string_view::npos);
    if (!end) return {};
    stars.push_back(line.substr(at, *end - at));
    if (stars.back().find(". ") != std::string_view::npos) return {};
    at = *end + piece.size();
    star = next;
  }
  return stars;
}

bool line_matches(std::string_view pattern, std::string_view line) {
  return pattern.find('*') == std::string_view::npos ? pattern == line : !stars_of(pattern, line).empty();
}

bool is_line_of(Generator generator, std::string_view line) {
  const unsigned who = bit_of(generator);
  const auto matches = [&](const Row& row) {
    return (row.who & who) != 0 && line_matches(row.pattern, line);
  };
  if (std::ranges::any_of(kLines, matches)) return true;
  if (who == kByTrl && is_cite_line(line)) return true;
  if (who == kByUnsloth && is_unsloth_line(line)) return true;
  return is_version_line(line) || (who == kByPeft && is_template_line(line));
}

bool is_code_line_of(Generator generator, std::string_view language, std::string_view line) {
  if (generator != Generator::kTrl) return false;
  const auto matches = [&](std::string_view pattern) { return line_matches(pattern, line); };
  return language == "python" && std::ranges::any_of(kPython, matches);
}

}  // namespace slipway::card
