#include "pickle/graph.h"

#include <array>

#include <fmt/format.h>

#include "pickle/escapes.h"

namespace slipway::pickle {
namespace {

constexpr std::uint32_t kIntegerBytesMax = 256;

// Little-endian two's complement to decimal, nine digits at a time.
std::string decimal_of(std::string_view bytes) {
  const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80) != 0;
  std::vector<unsigned> magnitude;
  unsigned carry = negative ? 1 : 0;
  for (const char byte : bytes) {
    const unsigned value = (static_cast<unsigned char>(byte) ^ (negative ? 0xffU : 0U)) + carry;
    magnitude.push_back(value & 0xffU);
    carry = value >> 8U;
  }
  if (carry != 0) magnitude.push_back(carry);
  std::string text;
  while (!magnitude.empty()) {
    std::uint64_t rest = 0;
    for (std::size_t i = magnitude.size(); i-- > 0;) {
      rest = rest << 8U | magnitude[i];
      magnitude[i] = static_cast<unsigned>(rest / 1'000'000'000U);
      rest %= 1'000'000'000U;
    }
    while (!magnitude.empty() && magnitude.back() == 0) magnitude.pop_back();
    text.insert(0, magnitude.empty() ? fmt::format("{}", rest) : fmt::format("{:09}", rest));
  }
  if (text.empty()) return "0";
  return negative ? "-" + text : text;
}

}  // namespace

std::string_view Graph::raw(Place place) const { return input_.substr(place.at, place.size); }

std::optional<std::string> Graph::text(NodeId id) const {
  const Node& node = at(id);
  if (node.kind != Kind::kText || node.dropped) return std::nullopt;
  switch (node.form) {
    case Form::kQuoted:
      return unquoted(raw(node.text));
    case Form::kEscaped:
      return unescaped(raw(node.text));
    default:
      return without_surrogates(raw(node.text));
  }
}

std::optional<std::string> Graph::integer_text(NodeId id) const {
  const Node& node = at(id);
  if (node.kind != Kind::kInt) return std::nullopt;
  if (node.form == Form::kPlain) return fmt::format("{}", node.integer);
  if (node.text.size > kIntegerBytesMax) return std::nullopt;
  return node.form == Form::kDigits ? std::string(raw(node.text)) : decimal_of(raw(node.text));
}

std::size_t child_count(const Node& node) { return 4 + node.items.size() + 2 * node.pairs.size(); }

NodeId child(const Node& node, std::size_t index) {
  const std::array own{node.callee, node.arguments, node.keywords, node.state};
  if (index < own.size()) return own[index];
  index -= own.size();
  if (index < node.items.size()) return node.items[index];
  index -= node.items.size();
  const auto& pair = node.pairs[index / 2];
  return index % 2 == 0 ? pair.first : pair.second;
}

}  // namespace slipway::pickle
