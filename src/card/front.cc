#include "card/front.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "card/hub_values.h"
#include "card/model_index.h"
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

bool is_among(const std::vector<std::string>& list, std::string_view one) {
  return std::ranges::find(list, one) != list.end();
}

class Front {
 public:
  Front(const CardFacts& facts, const PriorFacts& prior, Owner owner, text::FrontMatter& front,
        std::vector<model::Warning>& warnings)
      : facts_(facts), prior_(prior), owner_(owner), front_(front), warnings_(warnings) {}

  Result<void> write() {
    SLIPWAY_TRY(base());
    SLIPWAY_TRY(datasets());
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

  // `key: en` and a list of only `en` mean the same, and so does another order: the lines stay.
  Result<void> set_texts(std::string_view key, const std::vector<std::string>& texts) {
    const std::vector<std::string> standing = texts_of(front_.find(key));
    if (standing == texts || (owner_ != Owner::kNobody && std::ranges::is_permutation(standing, texts)))
      return {};
    return front_.set(key, list_of(texts));
  }

  // What a person added to ours stays; what only our parts named before goes with the fact.
  Result<void> datasets() {
    if (facts_.datasets.empty()) return {};
    std::vector<std::string> wanted = facts_.datasets;
    if (owner_ != Owner::kNobody) {
      std::vector<std::string> standing = texts_of(front_.find("datasets"));
      const auto is_wanted = [&](const std::string& id) { return is_among(facts_.datasets, id); };
      std::erase_if(standing,
                    [&](const std::string& id) { return is_among(prior_.datasets, id) && !is_wanted(id); });
      if (std::ranges::all_of(facts_.datasets, [&](const auto& id) { return is_among(standing, id); }))
        return set_texts("datasets", standing);
      if (owner_ == Owner::kOurs)
        std::ranges::copy_if(standing, std::back_inserter(wanted),
                             [&](const auto& id) { return !is_wanted(id); });
    }
    return set_texts("datasets", wanted);
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
    const bool is_named = is_among(named, facts_.base_id);
    base_is_new_ = !facts_.base_id.empty() && !is_named;
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
    return library.empty() || library == "peft" ? front_.set("library_name", own_library()) : Result<void>{};
  }

  std::string_view own_library() const {
    if (task_of(facts_) == model::Task::kSentenceSimilarity) return "sentence-transformers";
    return facts_.architecture.empty() && !facts_.gguf.empty() ? "gguf" : "transformers";
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
    const auto index = renewed_model_index(front_.find("model-index"), facts_, prior_.results);
    if (!index) return {};
    return index->items().empty() ? front_.erase("model-index") : front_.set("model-index", *index);
  }

  Result<void> pipeline_tag() {
    const std::string_view tag = model::pipeline_tag(task_of(facts_));
    if (!is_pipeline_tag(tag) || is_pipeline_tag(text_of("pipeline_tag"))) return {};
    return front_.set("pipeline_tag", tag);
  }

  Result<void> tags() {
    const std::vector<std::string> standing = texts_of(front_.find("tags"));
    const std::vector<std::string> tags =
        owner_ == Owner::kOurs ? renewed_tags(facts_, standing, base_is_new_) : card_tags(facts_, standing);
    return tags.empty() ? Result<void>{} : set_texts("tags", tags);
  }

  const CardFacts& facts_;
  const PriorFacts& prior_;
  Owner owner_;
  bool base_is_new_ = false;
  text::FrontMatter& front_;
  std::vector<model::Warning>& warnings_;
};

// What a generator writes whatever the model is no fact: unsloth's licence and language, and the licence by
// which LLaMA-Factory spares itself a question to the Hub.
text::FrontMatter without_constants(text::FrontMatter front, Generator generator) {
  const auto is_only = [&](std::string_view key, std::string_view text) {
    return texts_of(front.find(key)) == std::vector{std::string(text)};
  };
  std::vector<std::string_view> constants;
  const std::vector<std::string> tags = texts_of(front.find("tags"));
  if (generator == Generator::kUnsloth) {
    if (is_only("license", "apache-2.0")) constants.push_back("license");
    if (is_only("language", "en")) constants.push_back("language");
  } else if (std::ranges::find(tags, "llama-factory") != tags.end() && is_only("license", "other") &&
             front.find("license_name") == nullptr) {
    constants.push_back("license");
  }
  return without(std::move(front), constants);
}

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

Result<void> write_front(const CardFacts& facts, const PriorFacts& prior, Owner owner,
                         text::FrontMatter& front, std::vector<model::Warning>& warnings) {
  return Front(facts, prior, owner, front, warnings).write();
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

text::FrontMatter salvaged_front(const text::FrontMatter& given, Generator generator,
                                 const std::vector<Metric>& measured) {
  const text::FrontMatter generated = without_constants(given, generator);
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
