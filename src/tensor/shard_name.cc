#include "tensor/shard_name.h"

#include <charconv>

#include <fmt/format.h>

namespace slipway::tensor {
namespace {

constexpr std::string_view kExtension = ".safetensors";
constexpr std::size_t kDigitsMin = 5;

// Takes the digits at the end of `text` away from it.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::size_t begin = text.size();
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9') --begin;
  if (text.size() - begin < kDigitsMin) return std::nullopt;
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data() + begin, text.data() + text.size(), number);
  if (parsed.ec != std::errc{}) return std::nullopt;
  text.remove_suffix(text.size() - begin);
  return number;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

}  // namespace

std::optional<ShardName> parse_shard_name(std::string_view file, std::string_view extension) {
  if (!take_suffix(file, extension)) return std::nullopt;
  const auto count = take_number(file);
  if (!count || !take_suffix(file, "-of-")) return std::nullopt;
  const auto number = take_number(file);
  if (!number || !take_suffix(file, "-") || file.empty()) return std::nullopt;
  return ShardName{.stem = std::string(file), .number = *number, .count = *count};
}

std::string shard_file_name(const ShardName& name) {
  if (name.count == 1) return fmt::format("{}{}", name.stem, kExtension);
  return fmt::format("{}-{:05}-of-{:05}{}", name.stem, name.number, name.count, kExtension);
}

}  // namespace slipway::tensor
