#include "card/generated_body.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "card/generator_lines.h"
#include "card/markdown.h"
#include "card/settings.h"
#include "card/table.h"

namespace slipway::card {
namespace {

constexpr auto kMetrics = std::to_array<std::string_view>({
    "Loss",
    "Accuracy",
    "F1",
    "Precision",
    "Recall",
    "Perplexity",
    "Bleu",
    "Sacrebleu",
    "Rouge1",
    "Rouge2",
    "Rougel",
    "Rougelsum",
    "Wer",
    "Cer",
    "Gen Len",
    "Mse",
    "Mae",
    "Rmse",
    "Pearson",
    "Spearmanr",
    "Matthews Correlation",
    "Exact Match",
    "Mean Token Accuracy",
    "Entropy",
    "Num Tokens",
    "Num Input Tokens Seen",
    "Kl",
    "Rewards/chosen",
    "Rewards/rejected",
    "Rewards/accuracies",
    "Rewards/margins",
    "Logps/chosen",
    "Logps/rejected",
    "Logits/chosen",
    "Logits/rejected",
    "Nll Loss",
    "Log Odds Ratio",
    "Log Odds Chosen",
    "Model Preparation Time",
});

constexpr auto kQuantization = std::to_array<std::string_view>({
    "quant_method",
    "load_in_8bit",
    "load_in_4bit",
    "_load_in_8bit",
    "_load_in_4bit",
    "llm_int8_threshold",
    "llm_int8_skip_modules",
    "llm_int8_enable_fp32_cpu_offload",
    "llm_int8_has_fp16_weight",
    "bnb_4bit_quant_type",
    "bnb_4bit_use_double_quant",
    "bnb_4bit_compute_dtype",
    "bnb_4bit_quant_storage",
});

constexpr auto kCitations = std::to_array<std::string_view>({
    "vonwerra2020trl",
    "vonwerra2022trl",
    "rafailov2023direct",
    "agarwal2024on-policy",
    "agarwal2024onpolicy",
    "shao2024deepseekmath",
    "zhihong2024deepseekmath",
    "xu2024contrastive",
    "ahmadian2024back",
    "jung2024binary",
    "hong2024orpo",
    "guo2024direct",
    "ethayarajh2024kto",
    "saeidi2025triplepreferenceoptimizationachieving",
    "patino2025unlocking",
    "munos2024nash",
    "xie2026position",
    "xie2024exploratory",
    "uesato2022solving",
    "shenfeld2026selfdistillation",
    "mziegler2019fine-tuning",
    "hubotter2026sdpo",
    "brantley2025accelerating",
    "black2024training",
    "prabhudesai2024aligning",
});

constexpr auto kCitationFields = std::to_array<std::string_view>({
    "title",
    "author",
    "editor",
    "year",
    "booktitle",
    "journal",
    "publisher",
    "howpublished",
    "license",
    "url",
    "pages",
    "eprint",
    "archivePrefix",
    "primaryClass",
    "volume",
    "doi",
});

template <class List>
bool is_among(const List& list, std::string_view one) {
  return std::ranges::find(list, one) != std::end(list);
}

bool is_number(std::string_view text) {
  if (text == "nan" || text == "inf" || text == "-inf") return true;
  return !text.empty() && text.find_first_not_of("0123456789.+-e") == std::string_view::npos;
}

std::string_view mark_of(Generator generator) {
  if (generator == Generator::kTrl) return kTrlMark;
  if (generator == Generator::kUnsloth) return kUnslothMark;
  return generator == Generator::kTransformers ? kTransformersMark : kPeftMark;
}

bool is_results_head(const std::vector<std::string_view>& cells) {
  return is_among(cells, "Epoch") && (is_among(cells, "Training Loss") || is_among(cells, "Train Loss"));
}

bool is_results_cell(std::string_view cell) {
  const bool rule = cell.size() > 1 && cell.find_first_not_of(":-") == std::string_view::npos;
  const bool many = cell.starts_with('{') && cell.ends_with('}');  // a metric of several values
  return cell.empty() || cell == "No log" || rule || many || is_number(cell);
}

// BibTeX, line by line.
class Citations {
 public:
  bool takes(std::string_view line) {
    if (line == "}") return std::exchange(open_, false);
    if (const auto stars = stars_of("@*{*,", line); stars.size() == 2) {
      fields_.clear();
      return !std::exchange(open_, true) && is_among(kCitations, stars[1]) &&
             entries_.insert(stars[1]).second;
    }
    const std::string_view name = trimmed(line.substr(0, line.find('=')));
    return open_ && name.size() < line.size() && is_among(kCitationFields, name) &&
           fields_.insert(name).second;
  }

 private:
  std::set<std::string_view> entries_;
  std::set<std::string_view> fields_;
  bool open_ = false;
};

class Body {
 public:
  Body(Generator generator, std::string_view name) : generator_(generator), name_(name) {}

  bool is_generated(std::string_view body) {
    const std::vector<std::string_view> lines = lines_of(body);
    find_results(lines);
    return std::ranges::all_of(lines, [&](std::string_view line) { return takes(trimmed(line)); }) &&
           marked_ && !in_code_;
  }

 private:
  void find_results(const std::vector<std::string_view>& lines) {
    if (generator_ != Generator::kTransformers) return;
    for (const std::string_view line : lines) {
      results_ = cells_of(line);
      if (is_results_head(results_)) return;
    }
    results_.clear();
  }

  bool takes(std::string_view line) {
    if (line.starts_with("```")) {
      in_code_ = !in_code_;
      language_ = line.substr(3);
      return in_code_ || language_.empty();
    }
    if (line.empty()) return true;
    if (in_code_)
      return language_ == "bibtex" ? citations_.takes(line) : is_code_line_of(generator_, language_, line);
    if (line_matches(mark_of(generator_), line)) marked_ = true;
    if (line.starts_with("# ")) return once("# ") && is_title(line);
    if (line.starts_with('|')) return is_of_results(line);
    const std::string_view single = single_of(line);
    if (!single.empty() && !once(single)) return false;
    return is_line_of(generator_, line) || is_fact(line);
  }

  bool once(std::string_view what) { return seen_.insert(what).second; }

  // What a generator says once, in whatever words; "" of all else.
  static std::string_view single_of(std::string_view line) {
    if (line.starts_with("This model was trained with ")) return "method";
    if (line.starts_with("This model is a fine-tuned version of ")) return "base";
    if (line.starts_with("- **")) return line.substr(0, line.find(':'));
    return line.starts_with("Cite ") ? line : std::string_view();
  }

  bool is_title(std::string_view line) const {
    if (generator_ == Generator::kTransformers && !name_.empty()) return trimmed(line.substr(2)) == name_;
    return is_line_of(generator_, line);
  }

  // One table: its head once, then rows of as many cells.
  bool is_of_results(std::string_view line) {
    const auto cells = cells_of(line);
    if (results_.empty() || cells.size() != results_.size()) return false;
    if (cells == results_) return once("|");
    return seen_.contains("|") && std::ranges::all_of(cells, is_results_cell);
  }

  // "- Loss: 1.125", "- learning_rate: 5e-05", "- load_in_4bit: True"
  bool is_fact(std::string_view line) {
    const auto stars = stars_of("- *: *", line);
    return stars.size() == 2 && is_known(stars[0], stars[1]) && once(stars[0]);
  }
  bool is_known(std::string_view key, std::string_view value) const {
    if (is_among(kQuantization, key)) return true;
    if (generator_ != Generator::kTransformers) return false;
    if (is_trainers_setting(key)) return true;
    return is_results_cell(value) && (is_among(kMetrics, key) || is_among(results_, key));
  }

  Generator generator_;
  std::string_view name_;
  std::vector<std::string_view> results_;  // the head of the table of results
  std::set<std::string_view> seen_;
  Citations citations_;
  std::string_view language_;
  bool in_code_ = false;
  bool marked_ = false;
};

}  // namespace

bool is_generated_body(Generator generator, std::string_view body, std::string_view name) {
  return Body(generator, name).is_generated(body);
}

}  // namespace slipway::card
