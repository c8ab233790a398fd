#include "tensor/tensor_name.h"

#include <algorithm>

#include "base/encoding.h"
#include "slipway/bytes.h"
#include "slipway/json.h"

namespace slipway::tensor {
namespace {

// The longest beginning within the limit that does not cut a UTF-8 sequence in two.
std::string_view shown_part(std::string_view name) {
  if (name.size() <= kShownNameBytesMax) return name;
  std::size_t end = kShownNameBytesMax;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  return name.substr(0, end);
}

}  // namespace

std::string shown_name(std::string_view name) {
  const std::string_view part = shown_part(name);
  if (!is_utf8(part)) return "\"" + hex_encode(as_bytes(part)) + "\" (not UTF-8, in hex)";
  std::string text = json::print_compact(json::Value(part));
  if (part.size() < name.size()) text.insert(text.size() - 1, "...");
  return text;
}

std::optional<std::string_view> oddness(std::string_view name) {
  if (name.empty()) return "is empty";
  const bool climbs = name == ".." || name.starts_with("../") || name.ends_with("/..") ||
                      name.find("/../") != std::string_view::npos;
  if (climbs || name.front() == '/' || name.find('\\') != std::string_view::npos) return "looks like a path";
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(name, is_control)) return "holds control characters";
  return std::nullopt;
}

}  // namespace slipway::tensor
