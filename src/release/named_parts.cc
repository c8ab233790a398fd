// The files that a run's configs name: custom code and the modules of sentence-transformers.
#include <algorithm>
#include <array>

#include "os/path.h"
#include "release/allow_list.h"
#include "slipway/json.h"

namespace slipway::release {
namespace {

constexpr auto kConfigs =
    std::to_array<std::string_view>({"config.json", "tokenizer_config.json", "preprocessor_config.json",
                                     "processor_config.json", "video_preprocessor_config.json"});

// "module.Class" lies beside the config, "owner/name--module.Class" in another repository.
bool is_own_class(const json::Value& value) {
  return value.is_string() && !value.string().empty() && value.string().find("--") == std::string::npos;
}

// One class each, or for a tokenizer the slow and the fast one.
bool names_code_beside(const json::Value& config) {
  const json::Value* map = config.find("auto_map");
  if (map == nullptr) return false;
  return std::ranges::any_of(map->members(), [](const auto& member) {
    return is_own_class(member.second) || std::ranges::any_of(member.second.items(), is_own_class);
  });
}

void add_module(const json::Value& module, NamedParts& parts) {
  const json::Value* type = module.find("type");
  if (type != nullptr && is_own_class(*type) && !type->string().starts_with("sentence_transformers."))
    parts.code = true;
  const json::Value* path = module.find("path");
  if (path != nullptr && path->is_string() && os::is_plain_relative(path->string()))
    parts.folders.push_back(path->string());
}

}  // namespace

NamedParts parts_named_by(const run::RunFacts& run) {
  NamedParts parts;
  for (const std::string_view name : kConfigs) {
    const bool is_the_bases = run.adapter && name == "config.json";
    if (!is_the_bases && names_code_beside(model::value_of(run.metadata, name))) parts.code = true;
  }
  const json::Value modules = model::value_of(run.metadata, "modules.json");
  for (const json::Value& module : modules.items()) add_module(module, parts);
  return parts;
}

}  // namespace slipway::release
