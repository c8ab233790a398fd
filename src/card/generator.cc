#include <algorithm>
#include <array>

#include "card/card.h"
#include "card/front.h"
#include "card/generator_lines.h"
#include "card/markdown.h"
#include "card/regions.h"
#include "card/tags.h"
#include "text/front_matter.h"

namespace slipway::card {
namespace {

constexpr std::size_t kGeneratedBytesMax = 256u << 10;  // a table of thousands of evaluations

std::string_view mark_of(Generator generator) {
  if (generator == Generator::kTrl) return kTrlMark;
  return generator == Generator::kTransformers ? kTransformersMark : kPeftMark;
}

// Somebody who added or changed a line has made the card theirs. Lines that are gone tell nothing.
bool is_only(Generator generator, std::string_view body) {
  bool marked = false;
  bool in_code = false;
  std::string_view language;
  for (const std::string_view whole : lines_of(body)) {
    const std::string_view line = trimmed(whole);
    if (line.starts_with("```")) {
      in_code = !in_code;
      language = line.substr(3);
      if (!in_code && !language.empty()) return false;
    } else if (!line.empty()) {
      marked = marked || (!in_code && line_matches(mark_of(generator), line));
      const bool known = in_code ? is_code_line_of(generator, language, line) : is_line_of(generator, line);
      if (!known) return false;
    }
  }
  return marked && !in_code;
}

}  // namespace

Generator generator_of(std::string_view card) {
  const text::CardParts parts = text::split_card(card);
  if (parts.body.size() > kGeneratedBytesMax || has_region(parts.body)) return Generator::kPerson;
  for (const Generator one : {Generator::kTrl, Generator::kTransformers, Generator::kPeft}) {
    if (is_only(one, parts.body)) return one;
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
