#include "run/borrow.h"

#include <algorithm>
#include <array>

#include "base/glob.h"
#include "os/path.h"
#include "run/metadata_files.h"

namespace slipway::run {
namespace {

using Names = std::span<const std::string_view>;

constexpr auto kConfigs = std::to_array<std::string_view>({"config.json", "generation_config.json"});
constexpr auto kTokenizer = std::to_array<std::string_view>(
    {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
     "vocab.txt", "merges.txt", "chat_template.jinja", "*.model", "*.spm", "*.tiktoken", "tekken.json",
     "vocab-*.json"});
constexpr auto kAdapter = std::to_array<std::string_view>({"adapter_config.json"});
constexpr auto kCard = std::to_array<std::string_view>({model::kReadmeName});

bool is_among(Names names, std::string_view file) {
  return std::ranges::any_of(names, [&](std::string_view name) { return glob_match(name, file); });
}

bool holds_any(const RunFacts& facts, Names names) {
  return std::ranges::any_of(facts.files, [&](const RunFile& file) {
    return file.path.find('/') == std::string::npos && is_among(names, file.path);
  });
}

void keep(RunFacts& facts, const std::string& name, std::string text, const os::Path& from) {
  if (is_model_metadata(name) || name == model::kReadmeName) facts.metadata.files.emplace(name, text);
  facts.borrowed.push_back({.path = name, .text = std::move(text), .from = from});
}

void decide_kind_anew(RunFacts& facts) {
  const json::Value config = model::value_of(facts.metadata, "config.json");
  if (config.is_object() && !facts.adapter) facts.kind = model::decide_kind(&config, nullptr);
}

// Regular files only: a link may lead anywhere.
Result<void> take_group(os::FileSystem& fs, const os::Path& folder, Names names, bool through_links,
                        RunFacts& facts) {
  const auto entries = fs.list(folder);
  if (!entries) return {};
  for (const os::DirEntry& entry : *entries) {
    if (!is_among(names, entry.name)) continue;
    const os::Path path = os::join(folder, entry.name);
    const auto stat = through_links ? fs.stat(path) : fs.link_stat(path);
    if (!stat || stat->kind != os::FileKind::kFile || stat->size_bytes > kMetadataBytesMax) continue;
    SLIPWAY_ASSIGN(std::string text, os::read_file(fs, path, kMetadataBytesMax));
    keep(facts, entry.name, std::move(text), folder);
  }
  return {};
}

// A folder around a checkpoint may be anybody's.
Result<bool> is_a_run(os::FileSystem& fs, const os::Path& folder) {
  for (const char* name : {"config.json", "adapter_config.json", "trainer_state.json", "training_args.bin"}) {
    SLIPWAY_ASSIGN(const bool there, os::exists(fs, os::join(folder, name)));
    if (there) return true;
  }
  return false;
}

}  // namespace

Result<void> borrow_from_run(os::FileSystem& fs, const os::Path& folder, RunFacts& facts) {
  SLIPWAY_ASSIGN(const bool is_run, is_a_run(fs, folder));
  if (!is_run) return {};
  if (!holds_any(facts, kAdapter) && !holds_any(facts, kConfigs))
    SLIPWAY_TRY(take_group(fs, folder, kAdapter, false, facts));
  for (const Names names : {Names(kConfigs), Names(kTokenizer), Names(kCard)}) {
    if (!holds_any(facts, names)) SLIPWAY_TRY(take_group(fs, folder, names, false, facts));
  }
  return {};
}

Result<void> borrow_from_base(os::FileSystem& fs, const BaseModel& base, RunFacts& facts) {
  if (facts.adapter || !facts.weights) return {};
  const auto lacks = [&](std::string_view name) { return facts.metadata.find(name) == nullptr; };
  std::vector<Names> wanted;
  if (lacks("config.json")) wanted.push_back(kConfigs);
  const bool has_tokenizer =
      holds_any(facts, kTokenizer) || !lacks("tokenizer.json") || !lacks("tokenizer_config.json");
  if (!has_tokenizer) wanted.push_back(kTokenizer);
  const auto stat = fs.stat(base.origin);
  const bool is_folder = stat && stat->kind == os::FileKind::kDirectory;
  for (const Names names : wanted) {
    if (is_folder) {
      SLIPWAY_TRY(take_group(fs, base.origin, names, true, facts));
      continue;
    }
    for (const auto& [name, text] : base.metadata.files)
      if (is_among(names, name) && lacks(name)) keep(facts, name, text, base.origin);
  }
  decide_kind_anew(facts);
  return {};
}

}  // namespace slipway::run
