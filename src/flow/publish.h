// flow/publish.h - the main job: a finished run becomes a correct, verified, published repository.
//
// Contract   inspect, plan, write, verify, card, upload, commit, confirm; the same call after a crash
//            goes on where it stopped. A dry run takes the same way up to the first write and writes
//            nothing, here or there. Without a push not one request is sent.
// Limits     memory: digest_pass.h
// Threads    one thread calls; work goes through the Executor
// Errors     docs/errors.md
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flow/observer.h"
#include "hub/client.h"
#include "os/world.h"
#include "recipe/recipe.h"
#include "release/release.h"

namespace slipway::flow {

struct PublishOptions {
  os::Path run{};
  os::Path around{};  // the folder that was given, where `run` is a checkpoint picked in it
  std::optional<os::Path> out{};
  bool stream =
      false;  // what differs from the run goes straight to the Hub: nothing is written here but state
  recipe::Recipe recipe{};
  bool handbook_tag = false;
  bool handbook_eos = false;
  bool fix_pad = false;
  bool merge = false;
  bool merge_onto_4bit = false;  // into the base as a 4-bit training saw it
  std::optional<bool> push{};    // --push or --to: true; --no-push: false; absent: the recipe decides
  std::string to{};              // --to: "owner/name" or "name"
  std::string revision{};        // --revision
  std::optional<bool> make_private{};
  std::string commit_message = "End of training";
  std::string base{};  // --base: path or id
  std::vector<std::string> tags{};
  std::vector<std::string> datasets{};
  std::vector<std::string> languages{};
  std::optional<std::string> license{};
  std::string model_name{};
  card::EvalResults evals{};  // of --eval
  std::vector<std::string> add{};
  std::vector<std::string> exclude{};
  release::WeightWish weights{};  // needs `out` or `stream`
  bool keep_format = false;       // in place: weights that are no safetensors stay, and nothing is pushed
  bool save = false;              // `slipway save`: weights laid out anew, also without config or tokenizer
  bool allow_nan = false;
  std::vector<std::string> allowed_secrets{};  // --allow-secret
  std::vector<os::Path> followed_links{};      // --follow-symlinks
  bool create_pr = false;                      // --create-pr
  bool allow_several = false;                  // --allow-several-commits
  bool replan = false;
  bool dry_run = false;
  bool offline = false;  // HF_HUB_OFFLINE
  std::size_t jobs = 4;
  std::optional<std::size_t> writers{};  // files written at a time; absent: as is best

  bool leaves_run_alone() const { return out.has_value() || stream; }
};

struct ReleasedFile {
  std::string path{};
  std::uint64_t size = 0;
  std::string sha256{};
  release::Origin origin = release::Origin::kRun;
};

struct ReleaseBytes {
  std::uint64_t total = 0;
  std::uint64_t read = 0;
  std::uint64_t sent = 0;
  std::uint64_t already_there = 0;
};

struct MergedModule {
  std::string module{};
  std::string tensor{};
  double change = 0;     // length of what was added, as a share of the length of what it was added to
  double unchanged = 0;  // share of its numbers that are stored as before
};

// What a merge did.
struct MergeReport {
  std::string base{};  // its public id, else its folder
  std::string onto{};  // "16bit", "4bit"
  std::vector<MergedModule> modules{};
};

struct PublishResult {
  bool dry_run = false;
  bool pushed = false;
  bool changed = false;
  std::string repo{};
  std::string revision{};
  std::string commit{};
  std::string url{};
  std::optional<std::uint64_t> pull_request{};  // that stays open
  bool made_private = false;                    // the repository is new and private
  std::vector<ReleasedFile> files{};
  std::vector<std::string> deleted{};
  std::vector<model::Fix> fixes{};
  std::vector<model::Warning> warnings{};
  std::vector<std::string> left_out{};
  std::optional<MergeReport> merged{};
  model::StopSet stops{};
  std::vector<model::EngineClaim> engines{};
  ReleaseBytes bytes{};
  double seconds = 0;
};

Result<PublishResult> publish(os::World& world, hub::Client& client, const PublishOptions& options,
                              Observer& observer);

}  // namespace slipway::flow
