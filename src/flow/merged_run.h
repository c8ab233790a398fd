// flow/merged_run.h - the model that a merge of the run's adapter into its base gives, as facts of a run of
// its own.
//
// Contract   Weights: the base's with the adapter merged in as they are read. config.json and
//            generation_config.json are the base's, with the vocabulary as it is now; tokenizer and chat
//            template the run's, else the base's; all else the run's, but for its adapter. What follows
//            (rules, checks, card) knows a full model. Nothing is written.
// Errors     kInvalidArgument (no adapter), kRefused and kUnsupported (what is not merged, by name),
//            kCorruptData (an adapter that does not fit, or changes nothing), kNotFound (no base here)
// Threads    one thread
#pragma once

#include <memory>
#include <vector>

#include "flow/provenance.h"
#include "flow/publish.h"
#include "transform/merge/merged_source.h"

namespace slipway::flow {

struct MergedRun {
  run::RunFacts facts{};
  std::shared_ptr<const transform::MergedSource> source{};
  bool onto_4bit = false;
  std::string into{};  // what of the base it was merged into, as the card says it
  std::vector<model::Warning> warnings{};
  std::string base{};                                      // its public id, else its folder
  std::shared_ptr<const hub::RemoteFolder> base_folder{};  // which `source` reads, where it is far away
};

Result<MergedRun> merge_run(os::World& world, const run::RunFacts& run, const Provenance& from,
                            const release::Options& options, bool onto_4bit);

}  // namespace slipway::flow
