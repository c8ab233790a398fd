#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "card/card.h"
#include "card/check.h"
#include "card/hub_values.h"
#include "text/front_matter.h"

namespace slipway::card {
namespace {

void check_license(const Place& root, Check& check) {
  const Place license = root.member("license");
  bool other = false;
  for (const Place& id : check.texts(license)) {
    if (!is_license(id.node->text)) check.refuse(id, fmt::format("must be one of {}", license_list()));
    other = other || id.node->text == "other";
  }
  const Place name = root.member("license_name");
  check.text(name);
  check.text(root.member("license_link"));
  if (other && name.node == nullptr) check.warn(name, "should be given when \"license\" is \"other\"");
}

void check_languages(const Place& root, Check& check) {
  for (const Place& code : check.texts(root.member("language"))) {
    const std::string& text = code.node->text;
    if (std::ranges::any_of(text, [](char c) { return c >= 'A' && c <= 'Z'; })) {
      check.refuse(code, "must only contain lowercase characters");
    } else if (!is_language(text)) {
      check.refuse(
          code,
          "must be an ISO 639-1 or 639-3 code, or one of [code, multilingual]; regions go to language_bcp47");
    }
  }
}

void check_ids(const Place& place, bool (*is_id)(std::string_view), std::string_view what, Check& check) {
  for (const Place& id : check.texts(place)) {
    if (!is_id(id.node->text)) check.refuse(id, fmt::format("must be the id of a {} on the Hub", what));
  }
}

void check_relation(const Place& root, Check& check) {
  constexpr std::array<std::string_view, 4> kRelations{"adapter", "merge", "quantized", "finetune"};
  const Place relation = root.member("base_model_relation");
  if (relation.node == nullptr || !check.text(relation)) return;
  if (std::ranges::find(kRelations, relation.node->text) != kRelations.end()) return;
  check.refuse(relation, "must be one of [adapter, merge, quantized, finetune]");
}

void check_tags(const Place& root, Check& check) {
  const Place tags = root.member("tags");
  if (tags.node == nullptr || !check.list(tags)) return;
  for (const Place& tag : tags.items()) check.text(tag);
}

void check_pipeline_tag(const Place& root, Check& check) {
  const Place tag = root.member("pipeline_tag");
  if (tag.node == nullptr || !check.text(tag) || is_pipeline_tag(tag.node->text)) return;
  check.warn(tag, fmt::format("should be one of {}", pipeline_tag_list()));
}

void check_widget(const Place& root, Check& check) {
  const Place widget = root.member("widget");
  if (widget.node == nullptr || !check.list(widget)) return;
  for (const Place& example : widget.items()) check.map(example);
}

void check_inference(const Place& root, Check& check) {
  const Place inference = root.member("inference");
  const bool good =
      inference.node == nullptr || inference.is(yaml::Kind::kBool) || inference.is(yaml::Kind::kMap);
  if (!good) check.refuse(inference, "must be a boolean or an object");
}

void check_gate(const Place& root, Check& check) {
  const Place fields = root.member("extra_gated_fields");
  if (fields.node != nullptr) check.map(fields);
  const Place eu = root.member("extra_gated_eu_disallowed");
  if (eu.node != nullptr && !eu.is(yaml::Kind::kBool)) check.refuse(eu, "must be a boolean");
}

void check_emissions(const Place& root, Check& check) {
  const Place co2 = root.member("co2_eq_emissions");
  if (co2.node == nullptr || co2.is(yaml::Kind::kInt) || co2.is(yaml::Kind::kFloat) ||
      co2.is(yaml::Kind::kMap))
    return;
  check.refuse(co2, "must be a number or an object");
}

void check_root(const Place& root, Check& check) {
  check_license(root, check);
  check_languages(root, check);
  check_ids(root.member("base_model"), is_hub_id, "model", check);
  check_ids(root.member("new_version"), is_hub_id, "model", check);
  check_ids(root.member("datasets"), is_hub_id, "data set", check);
  check_relation(root, check);
  check_tags(root, check);
  check_pipeline_tag(root, check);
  check.texts(root.member("metrics"));
  for (const std::string_view key :
       {"library_name", "thumbnail", "description", "mask_token", "instance_prompt", "extra_gated_prompt",
        "extra_gated_heading", "extra_gated_description", "extra_gated_button_content"}) {
    check.text(root.member(key));
  }
  check_model_index(root.member("model-index"), check);
  check_widget(root, check);
  check_inference(root, check);
  check_gate(root, check);
  check_emissions(root, check);
}

// Lines above the block: what stands before it, and its fence.
int lines_before_block(const text::CardParts& parts) {
  return parts.has_block ? static_cast<int>(std::ranges::count(parts.before, '\n')) + 1 : 0;
}

// The parser counts from the block's first line: "line 2: ..." is told by the card's lines.
Finding unreadable(std::string_view message, int lines_before) {
  constexpr std::string_view kLine = "line ";
  int line = 1;
  if (message.starts_with(kLine)) {
    const auto end =
        std::from_chars(message.data() + kLine.size(), message.data() + message.size(), line).ptr;
    message.remove_prefix(
        std::min<std::size_t>(message.size(), static_cast<std::size_t>(end - message.data()) + 2));
  }
  line += lines_before;
  return {.error = true,
          .line = line,
          .message = fmt::format("the YAML of the card cannot be read: line {}: {}", line, message)};
}

}  // namespace

std::vector<Finding> validate_card(std::string_view card) {
  std::vector<Finding> findings;
  const text::CardParts parts = text::split_card(card);
  const int before = lines_before_block(parts);
  const auto root = yaml::parse(parts.block);
  if (!root) {
    findings.push_back(unreadable(root.error().message, before));
  } else if (!parts.has_block || root->kind == yaml::Kind::kNull ||
             (root->kind == yaml::Kind::kMap && root->members.empty())) {
    findings.push_back({.line = 1, .message = "empty or missing yaml metadata in repo card"});
  } else if (root->kind != yaml::Kind::kMap) {
    findings.push_back(
        {.error = true, .line = before + 1, .message = "the metadata of the card must be an object"});
  } else {
    Check check(findings, before);
    check_root({.node = &*root}, check);
  }
  return findings;
}

}  // namespace slipway::card
