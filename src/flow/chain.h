// flow/chain.h - what an adapter was trained on, also where only the Hub can tell.
//
// Contract   Nothing where --base is an id other than the chain's root: then the caller has said which model
//            holds what the adapter was trained on. The Hub is asked only when `ask_hub` says so: one
//            small file of what the recipe names. What cannot be read here tells nothing: a warning,
//            unless --base says which model it is.
// Threads    one thread
// Errors     as hub/client.h
#pragma once

#include <optional>
#include <vector>

#include "flow/publish.h"
#include "run/adapter_chain.h"

namespace slipway::flow {

Result<std::optional<run::AdapterChain>> find_chain(os::World& world, hub::Client& client,
                                                    const run::RunFacts& run, const PublishOptions& options,
                                                    bool ask_hub, std::vector<model::Warning>& warnings);

}  // namespace slipway::flow
