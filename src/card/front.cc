#include "card/front.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "card/hub_values.h"
#include "card/model_index.h"
#include "card/sections.h"
#include "card/tags.h"

namespace slipway::card {
namespace {

json::Value list_of(const std::vector<std::string>& texts) {
  std::vector<json::Value> items;
  for (const std::string& text : texts) items.emplace_back(text);
  return json::Value::array(std::move(items));
}

// Its other entries as they stand; none where the rest cannot be read without these.
text::FrontMatter without(text::FrontMatter front, std::span<const std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (!front.erase(key)) return *text::FrontMatter::parse("");
  }
  return front;
}

class Front {
 public:
  Front(const CardFacts& facts, const std::vector<Setting>& shown_results, text::FrontMatter& front,
        std::vector<model::Warning>& warnings)
      : facts_(facts), shown_results_(shown_results), front_(front), warnings_(warnings) {}

  Result<void> write() {
    SLIPWAY_TRY(base());
    if (!facts_.datasets.empty()) SLIPWAY_TRY(set_texts("datasets", facts_.datasets));
    SLIPWAY_TRY(drop_bad_ids("datasets", is_dataset_id));
    if (!facts_.languages.empty() && !keeps("language")) SLIPWAY_TRY(set_texts("language", facts_.languages));
    SLIPWAY_TRY(library());
    SLIPWAY_TRY(license());
    SLIPWAY_TRY(model_index());
    SLIPWAY_TRY(pipeline_tag());
    SLIPWAY_TRY(tags());
    if (text_of("licence") == "license") SLIPWAY_TRY(front_.erase("licence"));  // a misspelt nothing of trl's
    return {};
  }

 private:
  void warn(std::string code, std::string message) {
    warnings_.push_back({.code = std::move(code), .message = "README.md: " + std::move(message)});
  }
  std::string text_of(std::string_view key) const {
    const yaml::Node* node = front_.find(key);
    return node != nullptr && node->kind == yaml::Kind::kString ? node->text : "";
  }
  bool stands(std::string_view key) const {
    const yaml::Node* node = front_.find(key);
    return node != nullptr && node->kind != yaml::Kind::kNull;
  }
  // Facts of the base give way to what a person wrote.
  bool keeps(std::string_view key) const { return facts_.inherited && stands(key); }

  // `key: en` and a list of only `en` mean the same: the lines stay.
  Result<void> set_texts(std::string_view key, const std::vector<std::string>& texts) {
    if (texts_of(front_.find(key)) == texts) return {};
    return front_.set(key, list_of(texts));
  }

  // What the Hub would refuse a card for: paths, numbers, maps where ids must stand.
  template <class IsId>
  Result<void> drop_bad_ids(std::string_view key, IsId is_id) {
    const yaml::Node* node = front_.find(key);
    if (node == nullptr) return {};
    const std::vector<std::string> texts = texts_of(node);
    std::vector<std::string> good;
    std::ranges::copy_if(texts, std::back_inserter(good), is_id);
    const bool all = good.size() == texts.size() &&
                     (node->kind == yaml::Kind::kString || good.size() == node->items.size());
    if (all && !good.empty()) return {};
    if (node->kind != yaml::Kind::kNull && !(all && node->kind == yaml::Kind::kList)) {
      warn(key == "datasets" ? "dataset-local" : "base-unknown",
           fmt::format("what '{}' names is no Hub id and is left out", key));
    }
    return good.empty() ? front_.erase(key) : front_.set(key, list_of(good));
  }

  Result<void> base() {
    const std::vector<std::string> named = texts_of(front_.find("base_model"));
    const bool is_named = std::ranges::find(named, facts_.base_id) != named.end();
    if (!facts_.base_id.empty() && !is_named) SLIPWAY_TRY(front_.set("base_model", facts_.base_id));
    SLIPWAY_TRY(drop_bad_ids("base_model", is_hub_id));
    if (!stands("base_model")) {
      warn("base-unknown", "no base model is known: give --base OWNER/NAME");
      return stands("base_model_relation") ? front_.erase("base_model_relation") : Result<void>{};
    }
    const std::string relation = text_of("base_model_relation");
    if (facts_.adapter) return front_.set("base_model_relation", "adapter");
    if (relation == "merge" || relation == "quantized" || relation == "finetune") return {};
    return front_.set("base_model_relation", "finetune");
  }

  Result<void> library() {
    if (facts_.adapter) return front_.set("library_name", "peft");
    const std::string library = text_of("library_name");  // sentence-transformers knows more than we do
    if (!library.empty() && library != "peft") return {};
    return front_.set("library_name", facts_.sentence_transformer ? "sentence-transformers" : "transformers");
  }

  Result<void> license() {
    if (facts_.license && !keeps("license")) {
      if (texts_of(front_.find("license")) != std::vector{*facts_.license}) {
        SLIPWAY_TRY(front_.set("license", *facts_.license));
      }
      if (facts_.license_name) SLIPWAY_TRY(front_.set("license_name", *facts_.license_name));
      if (facts_.license_link) SLIPWAY_TRY(front_.set("license_link", *facts_.license_link));
      if (facts_.license == "other") return {};
      SLIPWAY_TRY(front_.erase("license_name"));
      return front_.erase("license_link");
    }
    if (!stands("license")) warn("license-unknown", "no licence is known: give --license");
    return {};
  }

  Result<void> model_index() {
    const auto index = renewed_model_index(front_.find("model-index"), facts_, shown_results_);
    if (!index) return {};
    return index->items().empty() ? front_.erase("model-index") : front_.set("model-index", *index);
  }

  Result<void> pipeline_tag() {
    const std::string_view tag = task_of(facts_);
    if (!is_pipeline_tag(tag) || is_pipeline_tag(text_of("pipeline_tag"))) return {};
    return front_.set("pipeline_tag", tag);
  }

  Result<void> tags() {
    const std::vector<std::string> tags = card_tags(facts_, texts_of(front_.find("tags")));
    return tags.empty() ? Result<void>{} : set_texts("tags", tags);
  }

  const CardFacts& facts_;
  const std::vector<Setting>& shown_results_;
  text::FrontMatter& front_;
  std::vector<model::Warning>& warnings_;
};

}  // namespace

std::vector<std::string> texts_of(const yaml::Node* node) {
  std::vector<std::string> texts;
  if (node == nullptr) return texts;
  if (node->kind == yaml::Kind::kString) texts.push_back(node->text);
  for (const yaml::Node& item : node->items) {
    if (item.kind == yaml::Kind::kString) texts.push_back(item.text);
  }
  return texts;
}

Result<void> write_front(const CardFacts& facts, const std::vector<Setting>& shown_results,
                         text::FrontMatter& front, std::vector<model::Warning>& warnings) {
  return Front(facts, shown_results, front, warnings).write();
}

text::FrontMatter in_card_order(const text::FrontMatter& front) {
  constexpr auto kOrder = std::to_array<std::string_view>(
      {"base_model", "base_model_relation", "datasets", "language", "library_name", "license", "license_name",
       "license_link", "model-index", "pipeline_tag", "tags"});
  text::FrontMatter ordered = *text::FrontMatter::parse("");
  for (const std::string_view key : kOrder) {
    const yaml::Node* node = front.find(key);
    if (node != nullptr) SLIPWAY_CHECK(ordered.set(key, yaml::to_json(*node)).has_value());
  }
  const std::string others = without(front, kOrder).text();
  if (others.empty()) return ordered;
  auto whole = text::FrontMatter::parse(ordered.text() + "\n" + others);
  return whole ? *std::move(whole) : front;
}

text::FrontMatter salvaged_front(const text::FrontMatter& generated, const std::vector<Metric>& measured) {
  constexpr auto kGenerated = std::to_array<std::string_view>(
      {"base_model", "datasets", "language", "library_name", "licence", "license", "metrics", "model-index",
       "model_name", "pipeline_tag", "tags"});
  text::FrontMatter kept = without(generated, kGenerated);
  const auto keep = [&](std::string_view key, std::vector<std::string> texts) {
    if (!texts.empty()) SLIPWAY_CHECK(kept.set(key, list_of(texts)).has_value());
  };
  std::vector<std::string> datasets = texts_of(generated.find("datasets"));
  std::erase_if(datasets,
                [](const std::string& id) { return !is_dataset_id(id) || id.find('/') == id.npos; });
  keep("datasets", std::move(datasets));
  std::vector<std::string> languages = texts_of(generated.find("language"));
  std::erase_if(languages, [](const std::string& code) { return !is_language(code); });
  keep("language", std::move(languages));
  const std::vector<std::string> licenses = texts_of(generated.find("license"));
  if (licenses.size() == 1 && is_license(licenses.front())) {
    SLIPWAY_CHECK(kept.set("license", licenses.front()).has_value());
  }
  const auto index = persons_model_index(generated.find("model-index"), measured);
  if (index) SLIPWAY_CHECK(kept.set("model-index", *index).has_value());
  keep("tags", trainer_tags(texts_of(generated.find("tags"))));
  return kept;
}

}  // namespace slipway::card
