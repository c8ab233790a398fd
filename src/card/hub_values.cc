#include "card/hub_values.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "card/hub_values_data.h"

namespace slipway::card {
namespace {

constexpr std::size_t kIdLengthMax = 96;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_id_part(std::string_view part) {
  const auto allowed = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; };
  if (part.empty() || !std::ranges::all_of(part, allowed)) return false;
  const auto edge = [](char c) { return c != '-' && c != '.'; };
  if (!edge(part.front()) || !edge(part.back())) return false;
  return part.find("--") == std::string_view::npos && part.find("..") == std::string_view::npos &&
         !part.ends_with(".git");
}

bool is_long_language(std::string_view code) {
  const std::string_view all = long_language_codes();
  std::size_t low = 0;
  std::size_t high = all.size() / 3;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const std::string_view here = all.substr(middle * 3, 3);
    if (here == code) return true;
    if (here < code) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return false;
}

}  // namespace

bool is_license(std::string_view id) { return std::ranges::find(license_ids(), id) != license_ids().end(); }

bool is_pipeline_tag(std::string_view id) {
  return std::ranges::find(pipeline_tag_ids(), id) != pipeline_tag_ids().end();
}

bool is_language(std::string_view code) {
  if (std::ranges::binary_search(short_language_codes(), code)) return true;
  return code.size() == 3 && is_long_language(code);
}

std::string license_list() { return fmt::format("[{}]", fmt::join(license_ids(), ", ")); }
std::string pipeline_tag_list() { return fmt::format("[{}]", fmt::join(pipeline_tag_ids(), ", ")); }

bool is_hub_id(std::string_view id) {
  if (id.size() > kIdLengthMax) return false;
  const auto slash = id.find('/');
  if (slash == std::string_view::npos) return is_id_part(id);
  return is_id_part(id.substr(0, slash)) && is_id_part(id.substr(slash + 1));
}

bool is_dataset_id(std::string_view id) {
  constexpr std::array<std::string_view, 10> kFileEndings{".json", ".jsonl", ".csv",      ".tsv", ".parquet",
                                                          ".txt",  ".arrow", ".jsonl.gz", ".zst", ".gz"};
  return is_hub_id(id) && std::ranges::none_of(kFileEndings, [&](auto end) { return id.ends_with(end); });
}

}  // namespace slipway::card
