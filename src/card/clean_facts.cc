#include <fmt/format.h>

#include <algorithm>

#include "base/edit_distance.h"
#include "card/hub_values.h"
#include "card/hub_values_data.h"
#include "card/sections.h"

namespace slipway::card {
namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return text;
}

// A text that somebody gave, on one line of a message.
std::string one_line(std::string_view text) {
  std::string out(text.substr(0, 100));
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return out;
}

class Cleaning {
 public:
  Cleaning(CardFacts facts, std::vector<model::Warning>& warnings)
      : facts_(std::move(facts)), warnings_(warnings) {}

  CardFacts run() {
    if (!facts_.base_id.empty() && !is_hub_id(facts_.base_id)) {
      warn("base-unknown",
           fmt::format("'{}' is no Hub id and is left out of the card: give --base OWNER/NAME",
                       one_line(facts_.base_id)));
      facts_.base_id.clear();
    }
    if (!facts_.repo.empty() && !is_hub_id(facts_.repo)) facts_.repo.clear();
    clean_datasets();
    clean_license();
    clean_languages();
    std::erase(facts_.tags, "");
    return std::move(facts_);
  }

 private:
  void warn(std::string code, std::string message) {
    warnings_.push_back({.code = std::move(code), .message = "README.md: " + std::move(message)});
  }

  void clean_datasets() {
    std::vector<std::string> kept;
    for (std::string& id : facts_.datasets) {
      if (!is_dataset_id(id)) {
        facts_.datasets_complete = false;
        warn("dataset-local", fmt::format("the data set '{}' is no Hub id and is left out of the card: "
                                          "give --dataset OWNER/NAME",
                                          one_line(id)));
      } else if (std::ranges::find(kept, id) == kept.end()) {
        kept.push_back(std::move(id));
      }
    }
    facts_.datasets = std::move(kept);
    std::erase_if(facts_.training.data_sets, [](const DataSet& set) { return !is_dataset_id(set.id); });
  }

  void clean_license() {
    if (!facts_.license) return;
    const std::string id = lower(*facts_.license);
    if (is_license(id)) {
      facts_.license = id;
    } else {
      const auto meant = nearest(id, license_ids());
      warn("license-unknown",
           fmt::format("the Hub knows no licence '{}'{}: it is left out of the card",
                       one_line(*facts_.license), meant ? fmt::format(", but '{}'", *meant) : ""));
      facts_.license.reset();
    }
    if (facts_.license == "other") return;
    facts_.license_name.reset();
    facts_.license_link.reset();
  }

  void clean_languages() {
    std::vector<std::string> kept;
    for (const std::string& given : facts_.languages) {
      const std::string code = lower(given);
      if (!is_language(code)) {
        warn("language-unknown",
             fmt::format("'{}' is no ISO 639 code and is left out of the card: 'en' would be one",
                         one_line(given)));
      } else if (std::ranges::find(kept, code) == kept.end()) {
        kept.push_back(code);
      }
    }
    facts_.languages = std::move(kept);
  }

  CardFacts facts_;
  std::vector<model::Warning>& warnings_;
};

}  // namespace

CardFacts clean_facts(const CardFacts& facts, std::vector<model::Warning>& warnings) {
  return Cleaning(facts, warnings).run();
}

}  // namespace slipway::card
