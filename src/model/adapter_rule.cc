// The adapter's own file: stable order, the base by its public name, the revision it was trained on.
#include <algorithm>
#include <array>

#include "model/rule_work.h"

namespace slipway::model {
namespace {

// peft keeps these as sets and writes them in hash order; modules_to_save keeps the order given.
constexpr auto kSets =
    std::to_array<std::string_view>({"target_modules", "exclude_modules", "feedforward_modules"});

constexpr Because kUnsorted{"adapter-sets-unsorted",
                            "before, peft writes its sets in a random order, so that the same run makes a "
                            "different file, and a needless "
                            "commit, each time; after, the order is always the same, and transformers, peft "
                            "and vLLM load the same adapter"};
constexpr Because kLocalBase{
    "adapter-base-local",
    "before, transformers and peft fetch the base under this name, which on other machines does not exist or "
    "is "
    "another model, vLLM takes the base it is given; after, everybody finds the base"};
constexpr Because kNoRevision{"adapter-revision-missing",
                              "before, transformers and peft put the adapter on whatever the base's main "
                              "branch holds later, vLLM on the base "
                              "it is given; after, the weights that it was trained on are named"};

Result<void> sort_set(FileEdits& file, std::string_view key) {
  const json::Value* value = file.find(key);
  if (value == nullptr || !value->is_array()) return {};
  std::vector<json::Value> items(value->items().begin(), value->items().end());
  if (!std::ranges::all_of(items, &json::Value::is_string)) return {};
  std::ranges::sort(items, {}, &json::Value::string);
  return file.set({std::string(key)}, json::Value::array(std::move(items)), kUnsorted);
}

}  // namespace

Result<void> fix_adapter_config(RuleWork& work) {
  if (!work.adapter) return {};
  FileEdits& file = *work.adapter;
  for (const std::string_view key : kSets) SLIPWAY_TRY(sort_set(file, key));
  if (!work.inputs.public_base_id.empty())
    SLIPWAY_TRY(file.set({"base_model_name_or_path"}, work.inputs.public_base_id, kLocalBase));
  const json::Value* revision = file.find("revision");
  const bool unknown = revision == nullptr || revision->is_null();
  if (unknown && !work.inputs.base_revision.empty())
    SLIPWAY_TRY(file.set({"revision"}, work.inputs.base_revision, kNoRevision));
  return {};
}

}  // namespace slipway::model
