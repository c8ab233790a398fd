// Any text as the state beside a 4-bit weight: refused or read, never a crash; what is read can be counted.
// And any text as the names of a catalogue: every tensor is kept, or part of exactly one weight.
#include <set>

#include "transform/dequant/four_bit_parts.h"
#include "transform/dequant/quant_state.h"

namespace {

using namespace slipway;

void split_names(std::string_view text) {
  std::vector<tensor::TensorInfo> catalogue;
  std::set<std::string> names;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (names.emplace(text.substr(at, end - at)).second)
      catalogue.push_back({.name = std::string(text.substr(at, end - at))});
    at = end;
  }
  const auto split = transform::split_four_bit(catalogue);
  if (!split) return;
  SLIPWAY_CHECK(split->kept.size() == split->parts.size());
  std::set<std::size_t> seen(split->kept.begin(), split->kept.end());
  for (const auto& parts : split->parts) {
    if (!parts) continue;
    for (const std::size_t part : {parts->state, parts->scales, parts->map})
      SLIPWAY_CHECK(seen.insert(part).second);
    if (parts->nested_scales)
      SLIPWAY_CHECK(seen.insert(*parts->nested_scales).second && seen.insert(*parts->nested_map).second);
  }
  SLIPWAY_CHECK(seen.size() == catalogue.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  split_names(text);
  const auto state = transform::parse_quant_state(text);
  if (!state) return 0;
  SLIPWAY_CHECK(state->elements > 0 && state->blocks() > 0);
  SLIPWAY_CHECK(state->blocks() <= state->elements);
  return 0;
}
