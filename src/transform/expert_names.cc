#include "transform/expert_names.h"

#include <charconv>

namespace slipway::transform {
namespace {

constexpr auto kStackedNames = std::to_array<StackedNames>({{"gate_up_proj", {"gate_proj", "up_proj"}},
                                                            {"gate_up_proj", {"w1", "w3"}},
                                                            {"down_proj", {"down_proj", ""}},
                                                            {"down_proj", {"w2", ""}}});
constexpr std::string_view kInMemory = ".mlp.";
constexpr std::string_view kInFiles = ".block_sparse_moe.";

std::string turned(std::string_view name, std::string_view from, std::string_view to) {
  for (const std::string_view behind : {"experts", "gate"}) {
    const std::string word = std::string(from) + std::string(behind);
    const std::size_t at = name.find(word);
    const std::size_t end = at + word.size();
    if (at == std::string_view::npos || (end < name.size() && name[end] != '.')) continue;
    return std::string(name.substr(0, at)) + std::string(to) + std::string(name.substr(at + from.size()));
  }
  return "";
}

}  // namespace

std::span<const StackedNames> stacked_names() { return kStackedNames; }

std::string other_expert_name(std::string_view name) {
  std::string found = turned(name, kInMemory, kInFiles);
  return found.empty() ? turned(name, kInFiles, kInMemory) : found;
}

std::vector<std::string> expert_folders(const std::string& module) {
  std::vector<std::string> folders{module};
  if (std::string other = other_expert_name(module); !other.empty()) folders.push_back(std::move(other));
  return folders;
}

std::optional<ExpertPlace> expert_place(std::string_view module) {
  const std::size_t last = module.rfind('.');
  if (last == std::string_view::npos || last == 0) return std::nullopt;
  const std::size_t number = module.rfind('.', last - 1);
  if (number == std::string_view::npos) return std::nullopt;
  ExpertPlace place{.folder = std::string(module.substr(0, number))};
  const std::string_view digits = module.substr(number + 1, last - number - 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), place.expert);
  if (error != std::errc() || end != digits.data() + digits.size() || !place.folder.ends_with("experts"))
    return std::nullopt;
  for (const StackedNames& names : kStackedNames) {
    for (std::size_t part = 0; part < names.part_count(); ++part) {
      if (names.parts[part] != module.substr(last + 1)) continue;
      place.names = names;
      place.part = part;
      return place;
    }
  }
  return std::nullopt;
}

}  // namespace slipway::transform
