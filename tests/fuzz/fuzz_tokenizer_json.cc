// The scan of a tokenizer.json and the exchange of its members: total; where the parser accepts the text,
// both name the same members at the same places, and the edited text parses to the edited values.
#include <cstdint>
#include <string_view>

#include "model/tokenizer_json.h"
#include "slipway/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = model::TokenizerJson::open(text);
  const auto root = json::parse(text);
  const auto edited = file ? file->with({{"padding", "null"}, {"truncation", "[2]"}}) : std::string();
  if (!root || !root->is_object()) return 0;
  SLIPWAY_CHECK(file.has_value() || root->members().size() > 1000);
  if (!file) return 0;
  for (const auto& [key, value] : root->members())
    SLIPWAY_CHECK(file->raw(key) == text.substr(value.begin, value.end - value.begin));
  const auto after = json::parse(edited);
  SLIPWAY_CHECK(after.has_value() && after->members().size() == root->members().size());
  for (const auto& [key, value] : root->members()) {
    const json::Value* now = after->find(key);
    SLIPWAY_CHECK(now != nullptr);
    if (key == "padding") SLIPWAY_CHECK(now->is_null());
    if (key != "padding" && key != "truncation") SLIPWAY_CHECK(now->same_as(value));
  }
  return 0;
}
