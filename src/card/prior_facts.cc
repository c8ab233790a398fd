#include "card/prior_facts.h"

#include <algorithm>
#include <charconv>

#include "card/axolotl_config.h"
#include "card/front.h"
#include "card/generator_lines.h"
#include "card/hub_values.h"
#include "card/markdown.h"
#include "card/regions.h"
#include "card/settings.h"
#include "card/table.h"
#include "card/tags.h"
#include "text/front_matter.h"

namespace slipway::card {
namespace {

constexpr std::size_t kFactsMax = 100;  // of one kind

bool all_of(std::string_view text, std::string_view letters) {
  return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

bool is_paper_id(std::string_view id) {
  const auto dot = id.find('.');
  return id.size() <= 12 && dot == 4 && id.size() >= 9 && all_of(id.substr(0, 4), "0123456789") &&
         all_of(id.substr(5), "0123456789");
}

bool is_url(std::string_view url) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#@!&+,;=%";
  return url.starts_with("https://") && url.size() <= 300 && all_of(url, kLetters);
}

bool is_label(std::string_view label) {
  return label.size() <= 40 &&
         all_of(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789& ");
}

class Reader {
 public:
  explicit Reader(PriorFacts& facts) : facts_(facts) {}

  // A line of a generated card.
  void generated_line(std::string_view line) {
    if (const auto stars = stars_of(kMethodWithPaper, line); stars.size() == 3) {
      method(stars[0]);
      paper(std::string(stars[1]), stars[2]);
    } else if (const auto plain = stars_of("This model was trained with *.", line); plain.size() == 1) {
      method(plain[0]);
    } else if (const auto badge = stars_of(kBadge, line); badge.size() == 4) {
      tracker(badge[1], badge[3]);
    } else if (line.starts_with("- ")) {
      fact(line.substr(2));
      measured(line);
    }
  }

  void training_line(std::string_view line) {
    if (line.starts_with("- Method: ")) {
      const auto stars = stars_of("* ([*](https://huggingface.co/papers/*)), with *", line.substr(10));
      if (stars.size() == 4) paper(unescaped_text(stars[1]), stars[2]);
    } else if (line.starts_with("- Log: ")) {
      const auto stars = stars_of("[*](*)", line.substr(7));
      if (stars.size() == 2) tracker(stars[0], stars[1]);
    } else if (line.starts_with("- Data set")) {
      data_sets(line);
    }
  }

  void quick_start_line(std::string_view line) {
    for (const std::string_view pattern :
         {"generator = pipeline(\"text-generation\", model=\"*\")", "repo = \"*\"",
          "pipe = pipeline(\"*\", model=\"*\")", "generator = pipeline(\"image-text-to-text\", model=\"*\")",
          "model = SentenceTransformer(\"*\")"}) {
      const auto stars = stars_of(pattern, line);
      const bool good =
          !stars.empty() && is_hub_id(stars.back()) && stars.back().find('/') != std::string_view::npos;
      if (good && facts_.repo.empty()) facts_.repo = stars.back();
    }
  }

  void version_line(std::string_view line) {
    if (line.starts_with("- ")) fact(line.substr(2));
  }

  void settings_row(std::string_view line) {
    const auto cells = cells_of(line);
    if (cells.size() != 2 || !cells[0].starts_with('`') || !cells[0].ends_with('`') || cells[0].size() < 3)
      return;
    setting(cells[0].substr(1, cells[0].size() - 2), text_of_cell(cells[1]));
  }

  void results_row(std::string_view line) {
    const auto cells = cells_of(line);
    if (cells.size() != 2 || facts_.results.size() >= kFactsMax) return;
    facts_.results.emplace_back(text_of_cell(cells[0]), text_of_cell(cells[1]));
  }

 private:
  void method(std::string_view name) {
    if (facts_.trainer.empty()) facts_.trainer = trainer_named(name);
  }
  void paper(std::string title, std::string_view id) {
    if (is_paper_id(id) && !title.empty() && title.size() <= 300)
      facts_.paper = {std::move(title), std::string(id)};
  }
  // "- Data sets: [a/b](https://huggingface.co/datasets/a/b) and ..."
  void data_sets(std::string_view line) {
    constexpr std::string_view kLink = "](https://huggingface.co/datasets/";
    for (std::size_t at = 0; (at = line.find(kLink, at)) != std::string_view::npos;) {
      at += kLink.size();
      const std::string_view id = line.substr(at, line.find(')', at) - at);
      if (is_dataset_id(id) && facts_.datasets.size() < kFactsMax) facts_.datasets.emplace_back(id);
    }
  }
  void tracker(std::string_view label, std::string_view url) {
    if (is_label(label) && is_url(url) && facts_.trackers.size() < 5)
      facts_.trackers.emplace_back(label, url);
  }
  // "Transformers 5.24.0", "TRL: 1.16.0" or "learning_rate: 5e-05"
  void fact(std::string_view text) {
    const auto end = text.find_first_of(": ");
    if (end == std::string_view::npos) return;
    const std::string_view value = trimmed(text.substr(text[end] == ':' ? end + 1 : end));
    const std::string_view name = version_name(text.substr(0, end));
    if (!name.empty() && is_version(value)) {
      put(facts_.versions, name, std::string(value));
    } else if (text[end] == ':') {
      setting(text.substr(0, end), std::string(value));
    }
  }
  // "- Accuracy: 0.75"
  void measured(std::string_view line) {
    const auto stars = stars_of("- *: *", line);
    double value = 0;
    if (stars.size() != 2 || facts_.measured.size() >= kFactsMax) return;
    const auto [end, wrong] = std::from_chars(stars[1].data(), stars[1].data() + stars[1].size(), value);
    if (wrong == std::errc() && end == stars[1].data() + stars[1].size())
      facts_.measured.push_back({std::string(stars[0]), value});
  }
  void setting(std::string_view key, std::string value) {
    if (is_setting_key(key) && !value.empty()) put(facts_.settings, key, shown_value(value));
  }
  static void put(std::vector<Setting>& list, std::string_view key, std::string value) {
    if (std::ranges::find(list, key, &Setting::first) != list.end() || list.size() >= kFactsMax) return;
    list.emplace_back(key, std::move(value));
  }

  PriorFacts& facts_;
};

// Of the one heading of its kind.
void read_title(std::string_view text, PriorFacts& facts) {
  for (const std::string_view line : lines_of(text)) {
    if (!line.starts_with("# ")) continue;
    facts.title = unescaped_text(trimmed(line.substr(2)));
    return;
  }
}

void read_regions(std::string_view body, PriorFacts& facts) {
  Reader reader(facts);
  const auto each = [&](std::string_view name, void (Reader::*take)(std::string_view)) {
    const std::string text = region_text(body, name).value_or("");
    for (const std::string_view line : lines_of(text)) (reader.*take)(line);
  };
  read_title(region_text(body, "overview").value_or(""), facts);
  each("quick-start", &Reader::quick_start_line);
  each("evaluation", &Reader::results_row);
  each("training", &Reader::training_line);
  each("hyper-parameters", &Reader::settings_row);
  each("versions", &Reader::version_line);
}

}  // namespace

PriorFacts prior_facts(std::string_view card) {
  PriorFacts facts{.generator = generator_of(card)};
  const text::CardParts parts = text::split_card(card);
  facts.trainer = trainer_of(card);
  if (facts.generator == Generator::kPerson) {
    read_regions(parts.body, facts);
    return facts;
  }
  std::string body = parts.body;
  if (facts.generator == Generator::kTransformers) {
    facts.kept = axolotl_config(parts.body);
    body = without_axolotl_config(parts.body);
    read_title(body, facts);
  }
  Reader reader(facts);
  for (const std::string_view line : lines_of(body)) reader.generated_line(trimmed(line));
  return facts;
}

}  // namespace slipway::card
