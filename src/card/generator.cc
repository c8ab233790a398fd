#include "card/axolotl_config.h"
#include "card/card.h"
#include "card/front.h"
#include "card/generated_body.h"
#include "card/regions.h"
#include "card/tags.h"
#include "text/front_matter.h"

namespace slipway::card {
namespace {

constexpr std::size_t kGeneratedBytesMax = 256u << 10;  // a table of thousands of evaluations

std::string name_in(const text::CardParts& parts) {
  const auto front = text::FrontMatter::parse(parts.block);
  const yaml::Node* index = front ? front->find("model-index") : nullptr;
  const yaml::Node* name = index == nullptr || index->items.empty() ? nullptr : index->items[0].find("name");
  return name == nullptr || name->kind != yaml::Kind::kString ? "" : name->text;
}

}  // namespace

Generator generator_of(std::string_view card) {
  const text::CardParts parts = text::split_card(card);
  if (parts.body.size() > kGeneratedBytesMax || has_region(parts.body)) return Generator::kPerson;
  const std::string name = name_in(parts);
  for (const Generator one :
       {Generator::kTrl, Generator::kTransformers, Generator::kPeft, Generator::kUnsloth}) {
    const bool generated = one == Generator::kTransformers
                               ? is_generated_body(one, without_axolotl_config(parts.body), name)
                               : is_generated_body(one, parts.body, name);
    if (generated) return one;
  }
  return Generator::kPerson;
}

bool is_persons_own(std::string_view card) {
  return generator_of(card) == Generator::kPerson && !has_region(text::split_card(card).body);
}

std::string trainer_of(std::string_view card) {
  const auto front = text::FrontMatter::parse(text::split_card(card).block);
  return front ? trainer_among(texts_of(front->find("tags"))) : "";
}

}  // namespace slipway::card
