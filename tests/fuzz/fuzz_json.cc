// Whatever is parsed prints to a text that parses to the same value, and edits keep it parseable.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "slipway/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto value = json::parse(text);
  if (json::check(text).has_value() != value.has_value()) std::abort();
  if (!value) return 0;
  const auto again = json::parse(json::print(*value));
  if (!again || !again->same_as(*value)) std::abort();
  if (!value->is_object()) return 0;
  auto document = json::Document::parse(text);
  if (!document || !document->set("key", json::Value(1)) || !document->erase("key")) std::abort();
  return 0;
}
