#include "release/vocabulary_check.h"

#include <algorithm>
#include <array>

#include "slipway/json.h"

namespace slipway::release {
namespace {

constexpr std::string_view kSettings = "tokenizer_config.json";
constexpr auto kWithoutWords =
    std::to_array<std::string_view>({"ByT5", "Canine", "Perceiver", "Byte", "Character"});
constexpr auto kEndings =
    std::to_array<std::string_view>({".model", ".tiktoken", ".spm", ".bpe", ".vocab", ".codes"});

bool may_hold_words(std::string_view name) {
  if (name == "tokenizer.json" || name == "merges.txt" || name == "tekken.json") return true;
  if (name.contains("vocab") || name.contains("spiece") || name.contains("sentencepiece")) return true;
  return std::ranges::any_of(kEndings, [name](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace

void report_missing_vocabulary(const run::RunFacts& run, std::vector<model::Warning>& warnings) {
  if (run.metadata.find(kSettings) == nullptr) return;
  if (std::ranges::any_of(run.files, may_hold_words, &run::RunFile::path)) return;
  if (std::ranges::any_of(run.borrowed, may_hold_words, &run::Borrowed::path)) return;
  const json::Value settings = model::value_of(run.metadata, kSettings);
  const json::Value* named = settings.find("tokenizer_class");
  const std::string_view tokenizer_class =
      named == nullptr ? std::string_view() : std::string_view(named->string());
  const auto is_named = [&](std::string_view word) { return tokenizer_class.contains(word); };
  if (settings.find("auto_map") != nullptr || std::ranges::any_of(kWithoutWords, is_named)) return;
  warnings.push_back(
      {"tokenizer-vocabulary-missing",
       "tokenizer_config.json stands alone: there is no tokenizer.json and no other file with the words "
       "of the tokenizer; save the tokenizer again"});
}

}  // namespace slipway::release
