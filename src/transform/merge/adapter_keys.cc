#include "transform/merge/adapter_keys.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

namespace slipway::transform {
namespace {

constexpr std::string_view kPrefix = "base_model.model.";
constexpr std::string_view kSaved = "modules_to_save";

struct Role {
  std::string_view word;
  std::string_view last;  // the part behind it; "" where none must follow
  KeyRole role;
};
// A word stands for itself, or with the name of an adapter behind it.
constexpr auto kRoles = std::to_array<Role>({{"lora_A", "weight", KeyRole::kLoraA},
                                             {"lora_B", "weight", KeyRole::kLoraB},
                                             {"lora_B", "bias", KeyRole::kLoraBias},
                                             {"lora_embedding_A", "", KeyRole::kEmbeddingA},
                                             {"lora_embedding_B", "", KeyRole::kEmbeddingB},
                                             {"lora_magnitude_vector", "", KeyRole::kMagnitude},
                                             {"lora_magnitude_vector", "weight", KeyRole::kMagnitude},
                                             {"trainable_tokens_delta", "", KeyRole::kTokenRows},
                                             {"lora_velora_embed", "", KeyRole::kIgnored}});

using Words = std::vector<std::string_view>;

Words split(std::string_view name) {
  Words words;
  for (;;) {
    const std::size_t dot = name.find('.');
    words.push_back(name.substr(0, dot));
    if (dot == std::string_view::npos) return words;
    name.remove_prefix(dot + 1);
  }
}

std::string joined(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += '.';
    text += word;
  }
  return text;
}

bool fits(const Role& role, std::span<const std::string_view> behind) {
  const std::size_t wanted = role.last.empty() ? 0 : 1;
  if (behind.size() < wanted || behind.size() > wanted + 1) return false;
  return wanted == 0 || behind.back() == role.last;
}

// Whether an adapter's name stands behind the word, and then what the role wants.
bool is_named(const Role& role, std::span<const std::string_view> behind) {
  if (role.role == KeyRole::kIgnored || behind.empty() || behind[0] == "weight" || behind[0] == "bias")
    return false;
  return behind.size() == (role.last.empty() ? 1U : 2U);
}

struct Found {
  std::size_t at = 0;  // the word
  const Role* role = nullptr;
};

// The last word that stands for a tensor of the tuner.
std::optional<Found> find_role(const Words& words) {
  for (std::size_t i = words.size(); i-- > 0;) {
    const std::span behind(words.data() + i + 1, words.size() - i - 1);
    const auto role = std::ranges::find_if(
        kRoles, [&](const Role& one) { return one.word == words[i] && fits(one, behind); });
    if (role != kRoles.end()) return Found{i, &*role};
  }
  return std::nullopt;
}

// Takes every "base_layer" out; how many there were.
int take_wrappers(Words& words) {
  const auto count = std::erase(words, "base_layer");
  return static_cast<int>(count);
}

std::optional<AdapterKey> of_tuner(Words words) {
  const auto found = find_role(words);
  if (!found) return std::nullopt;
  words.resize(found->at);
  if (!words.empty() && words.back() == "token_adapter") words.pop_back();
  AdapterKey key{.role = found->role->role, .depth = take_wrappers(words)};
  key.module = joined(words);
  return key;
}

AdapterKey of_module(Words words) {
  const auto saved = std::ranges::find(words, kSaved);
  if (saved != words.end()) {
    const bool named = words.end() - saved > 2;  // "modules_to_save.default.weight"
    words.erase(saved, saved + (named ? 2 : 1));
  }
  AdapterKey key{.role = KeyRole::kFullTensor};
  if (std::erase(words, "original_module") > 0) key.role = KeyRole::kOriginal;
  key.depth = take_wrappers(words);
  key.parameter = words.back();
  words.pop_back();
  key.module = joined(words);
  return key;
}

}  // namespace

AdapterKey parse_adapter_key(std::string_view name) {
  if (!name.starts_with(kPrefix)) return {};
  name.remove_prefix(kPrefix.size());
  Words words = split(name);
  if (std::ranges::find(words, "") != words.end() || words.size() < 2) return {};
  if (auto key = of_tuner(words)) return *std::move(key);
  // Embeddings that grew before rows of them were trained: peft saves all of them beside the rows.
  const auto grown =
      std::ranges::search(words, std::array<std::string_view, 2>{"token_adapter", "base_layer"});
  words.erase(grown.begin(), grown.end());
  if (words.size() < 2) return {};
  const auto strange = [](std::string_view word) {
    return word.starts_with("lora_") || word.starts_with("trainable_tokens") || word == "token_adapter";
  };
  if (std::ranges::any_of(words, strange)) return {};
  return of_module(std::move(words));
}

std::string saved_name(std::string_view name) {
  Words words = split(name);
  if (const auto found = find_role(words)) {
    if (!is_named(*found->role, std::span(words).subspan(found->at + 1))) return std::string(name);
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(found->at) + 1);
    if (found->role->role == KeyRole::kMagnitude) words.resize(found->at + 1);
    return joined(words);
  }
  const auto saved = std::ranges::find(words, kSaved);
  if (words.end() - saved < 3) return std::string(name);
  words.erase(saved, saved + 2);
  return joined(words);
}

bool is_last_part(std::string_view name, std::string_view part) {
  return name.ends_with(part) && (name.size() == part.size() || name[name.size() - part.size() - 1] == '.');
}

}  // namespace slipway::transform
