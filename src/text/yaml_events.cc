#include "text/yaml_events.h"

#include <fmt/format.h>

#include <algorithm>

namespace slipway::yaml {
namespace {

std::string owned(const yaml_char_t* text) {
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

}  // namespace

std::string shown(std::string_view text) {
  constexpr std::size_t kShownMax = 60;
  std::size_t cut = std::min(text.size(), kShownMax);
  while (cut < text.size() && cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0u) == 0x80u) --cut;
  std::string out(text.substr(0, cut));
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return cut < text.size() ? out + "..." : out;
}

Error at_line(int line, std::string_view what) {
  return {.code = ErrorCode::kCorruptData, .message = fmt::format("line {}: {}", line, what)};
}

std::string Event::text() const {
  return {reinterpret_cast<const char*>(raw_.data.scalar.value), raw_.data.scalar.length};
}

std::string Event::anchor() const {
  switch (raw_.type) {
    case YAML_ALIAS_EVENT:
      return owned(raw_.data.alias.anchor);
    case YAML_SCALAR_EVENT:
      return owned(raw_.data.scalar.anchor);
    case YAML_SEQUENCE_START_EVENT:
      return owned(raw_.data.sequence_start.anchor);
    case YAML_MAPPING_START_EVENT:
      return owned(raw_.data.mapping_start.anchor);
    default:
      return {};
  }
}

std::string Event::tag() const {
  switch (raw_.type) {
    case YAML_SCALAR_EVENT:
      return owned(raw_.data.scalar.tag);
    case YAML_SEQUENCE_START_EVENT:
      return owned(raw_.data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
      return owned(raw_.data.mapping_start.tag);
    default:
      return {};
  }
}

EventStream::EventStream(std::string_view text) : text_(text) {
  SLIPWAY_CHECK(yaml_parser_initialize(&parser_) == 1);
  yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

Result<Event> EventStream::next() {
  Event event;
  if (yaml_parser_parse(&parser_, &event.raw_) != 1) return std::unexpected(problem());
  return event;
}

Error EventStream::problem() const {
  const std::string_view what = parser_.problem == nullptr ? "not readable as YAML" : parser_.problem;
  if (parser_.error == YAML_READER_ERROR) {  // knows the byte, not the line
    const auto before = text_.substr(0, std::min(parser_.problem_offset, text_.size()));
    return at_line(static_cast<int>(std::ranges::count(before, '\n')) + 1, what);
  }
  const int line = static_cast<int>(parser_.problem_mark.line) + 1;
  if (parser_.context == nullptr) return at_line(line, what);
  return at_line(line, fmt::format("{} {}", what, parser_.context));
}

}  // namespace slipway::yaml
