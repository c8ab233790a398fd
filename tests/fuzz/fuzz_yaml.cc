// YAML: total on any text; what is read can be written, and read again as the same value.
#include <cstdint>
#include <string_view>

#include "slipway/result.h"
#include "text/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto root = yaml::parse(text);
  if (!root) {
    SLIPWAY_CHECK(root.error().message.starts_with("line "));
    SLIPWAY_CHECK(root.error().message.find('\n') == std::string::npos);
    return 0;
  }
  const json::Value value = yaml::to_json(*root);
  const std::string block = yaml::dump_block(value);
  if (block.size() > yaml::kYamlBytesMax) return 0;
  const auto again = yaml::parse(block);
  SLIPWAY_CHECK(again.has_value());
  SLIPWAY_CHECK(yaml::dump_block(yaml::to_json(*again)) == block);
  return 0;
}
