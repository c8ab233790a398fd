#include "run/adapter_chain.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "os/path.h"
#include "run/base_model.h"
#include "run/checkpoints.h"

namespace slipway::run {
namespace {

constexpr auto kTraces = std::to_array<std::string_view>({"trainer_state.json", "training_args.bin"});

// Whether a look into the folder can tell anything: most bases are plain models, and may be large trees.
Result<bool> may_be_a_middle(os::FileSystem& fs, const os::Path& folder) {
  SLIPWAY_ASSIGN(const bool adapter, os::exists(fs, os::join(folder, "adapter_config.json")));
  if (adapter || run_around(folder)) return true;
  for (const std::string_view name : kTraces) {
    SLIPWAY_ASSIGN(const bool there, os::exists(fs, os::join(folder, name)));
    if (there) return true;
  }
  return false;
}

// What stands in a folder that a name leads to; nullopt where that is nothing, or a plain model.
Result<std::optional<RunFacts>> look_at(os::FileSystem& fs, const os::Environment& environment,
                                        const std::string& name) {
  SLIPWAY_ASSIGN(const os::Path folder, find_model_folder(fs, environment, name));
  if (folder.empty()) return std::nullopt;
  SLIPWAY_ASSIGN(const bool worth_it, may_be_a_middle(fs, folder));
  if (!worth_it) return std::nullopt;
  SLIPWAY_ASSIGN(auto facts, inspect(fs, folder));
  return std::optional(std::move(facts));
}

bool left_by_training(const RunFacts& facts) {
  const auto is_trace = [](const RunFile& file) {
    return std::ranges::find(kTraces, file.path) != kTraces.end();
  };
  return std::ranges::any_of(facts.files, is_trace) || run_around(facts.folder).has_value();
}

// The recipe may name the base by another form of the same name.
bool is_same_model(os::FileSystem& fs, const std::string& left, const std::string& right) {
  if (left == right) return true;
  const auto a = fs.real_path(left);
  const auto b = fs.real_path(right);
  if (a && b && *a == *b) return true;
  return (!id_of_cache_path(left).empty() && id_of_cache_path(left) == right) ||
         (!id_of_cache_path(right).empty() && id_of_cache_path(right) == left);
}

AdapterChain on_adapter(const RunFacts& run, const std::string& middle, const std::string& root) {
  return {.middle = middle,
          .root = root,
          .told = fmt::format("{} was trained on {}, which is an adapter of {}", run.folder, middle, root),
          .broken = true};
}

}  // namespace

std::optional<AdapterChain> chain_through_adapter(const RunFacts& run, const std::string& middle,
                                                  const std::string& base_of_middle) {
  if (!run.adapter || base_of_middle.empty() || base_of_middle != run.adapter->base) return std::nullopt;
  return on_adapter(run, middle, base_of_middle);
}

Result<std::optional<AdapterChain>> find_adapter_chain(os::FileSystem& fs, const os::Environment& environment,
                                                       const RunFacts& run, const std::string& trained_from) {
  if (!run.adapter || run.adapter->base.empty()) return std::nullopt;
  const std::string& named = run.adapter->base;
  SLIPWAY_ASSIGN(const auto base, look_at(fs, environment, named));
  if (base && base->adapter) return on_adapter(run, named, base->adapter->base);
  const bool is_path = base && base->folder == named && id_of_cache_path(named).empty();
  if (is_path && left_by_training(*base)) {
    return AdapterChain{.middle = named,
                        .root = base->base,
                        .told = fmt::format("{} was trained on {}, itself a training run{}", run.folder,
                                            named, base->base.empty() ? "" : " on " + base->base)};
  }
  if (trained_from.empty() || is_same_model(fs, trained_from, named)) return std::nullopt;
  SLIPWAY_ASSIGN(const auto from, look_at(fs, environment, trained_from));
  if (!from || !from->adapter || !is_same_model(fs, from->adapter->base, named)) return std::nullopt;
  return on_adapter(run, trained_from, named);
}

}  // namespace slipway::run
