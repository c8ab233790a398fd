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
constexpr Because kOtherRevision{
    "adapter-revision-of-another",
    "before, transformers and peft look in the base for a revision that another repository had, and do not "
    "load; after, they take the base as it is named here"};

Result<void> sort_set(FileEdits& file, std::string_view key) {
  const json::Value* value = file.find(key);
  if (value == nullptr || !value->is_array()) return {};
  std::vector<json::Value> items(value->items().begin(), value->items().end());
  if (!std::ranges::all_of(items, &json::Value::is_string)) return {};
  std::ranges::sort(items, {}, &json::Value::string);
  return file.set({std::string(key)}, json::Value::array(std::move(items)), kUnsorted);
}

// A revision counts for the name that it stood beside.
Result<void> write_revision(RuleWork& work, FileEdits& file, bool renamed) {
  const std::string& known = work.inputs.base_revision;
  const json::Value* revision = file.find("revision");
  if (revision == nullptr || revision->is_null())
    return known.empty() ? Result<void>() : file.set({"revision"}, known, kNoRevision);
  if (!renamed) return {};
  return file.set({"revision"}, known.empty() ? json::Value() : json::Value(known), kOtherRevision);
}

}  // namespace

Result<void> fix_adapter_config(RuleWork& work) {
  if (!work.adapter) return {};
  FileEdits& file = *work.adapter;
  for (const std::string_view key : kSets) SLIPWAY_TRY(sort_set(file, key));
  const std::string& id = work.inputs.public_base_id;
  const json::Value* named = file.find("base_model_name_or_path");
  const bool renamed = !id.empty() && (named == nullptr || named->string() != id);
  if (renamed) SLIPWAY_TRY(file.set({"base_model_name_or_path"}, id, kLocalBase));
  return write_revision(work, file, renamed);
}

}  // namespace slipway::model
