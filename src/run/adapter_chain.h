// run/adapter_chain.h - what an adapter was trained on, where that is not a model that others can load.
//
// Contract   Looks at the small files of what the adapter and the recipe name: folders and the Hub cache.
//            Nothing to tell where the base is a model of its own.
// Errors     kIo, as inspect
// Threads    value
// Source     trl's DPOTrainer, which merges an adapter it is given before it puts a new one on
#pragma once

#include <optional>
#include <string>

#include "os/world.h"
#include "run/run.h"

namespace slipway::run {

struct AdapterChain {
  std::string middle{};  // what stands between the adapter and the base: a path or an id
  std::string root{};    // the base of that, as far as it says
  std::string told{};    // the chain in words: one clause
  bool broken = false;   // the base that adapter_config.json names lacks the middle's changes
};

// `trained_from`: model_name_or_path of the recipe, "" when there is none.
Result<std::optional<AdapterChain>> find_adapter_chain(os::FileSystem& fs, const os::Environment& environment,
                                                       const RunFacts& run, const std::string& trained_from);

// The same for a middle whose adapter_config.json is known by its text alone.
std::optional<AdapterChain> chain_through_adapter(const RunFacts& run, const std::string& middle,
                                                  const std::string& base_of_middle);

}  // namespace slipway::run
