// flow/provenance.h - where a run comes from: its base model's files and public id, its data sets' ids.
//
// Contract   What exists as a local path is never an id. The Hub is asked only when `ask_hub` says so,
//            and only for the base's small files; or where --base hf://OWNER/NAME[@REV] says to read it
//            there.
// Threads    one thread
// Errors     kNotFound for a --base that is neither a folder nor an id; as hub/client.h
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "flow/publish.h"
#include "hub/remote_folder.h"
#include "run/adapter_chain.h"
#include "run/base_model.h"
#include "run/run.h"

namespace slipway::flow {

struct Provenance {
  std::optional<run::BaseModel> base{};
  std::string base_id{};                                // public, "" when there is none
  std::string base_revision{};                          // what training loaded, as far as known
  std::optional<tensor::OpenedWeights> base_weights{};  // of an adapter's base, where they are here
  std::shared_ptr<hub::RemoteFolder> remote_base{};     // that --base hf://... names; the base lies in it
  std::optional<run::AdapterChain> chain{};             // chain.h
  std::vector<std::string> datasets{};
  bool datasets_complete = true;  // false: others were named that are no Hub ids
  std::vector<model::Warning> warnings{};
};

Result<Provenance> find_provenance(os::World& world, hub::Client& client, const run::RunFacts& run,
                                   const PublishOptions& options, bool ask_hub);

}  // namespace slipway::flow
