// release/release.h - the plan of a release: contents, fixes as diffs, what is sent, kept, deleted.
//
// Contract   make_plan is pure: the same facts give the same plan. A dry run and the real run call it
//            with the same arguments.
// Threads    value
// Source     docs/format/release.md (the allow-list), docs/design.md
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "card/card.h"
#include "card/eval_results.h"
#include "hub/remote_file.h"
#include "model/engines.h"
#include "model/rules.h"
#include "recipe/recipe.h"
#include "run/adapter_chain.h"
#include "run/base_model.h"
#include "run/run.h"
#include "slipway/content.h"
#include "slipway/result.h"
#include "transform/view_source.h"

namespace slipway::release {

enum class Origin { kRun, kFixed, kMade };  // untouched extent of the run; changed; made by us
std::string_view origin_name(Origin origin);

struct PlannedFile {
  std::string path;
  ContentPtr content;
  std::uint64_t size = 0;
  Origin origin = Origin::kRun;
  std::optional<std::string> text{};          // of changed and made files
  os::Path source{};                          // of untouched files: where the bytes lie
  std::vector<tensor::TensorInfo> tensors{};  // of weight files laid out anew: where each lies in it
  // Equal for equal bytes, without reading them: the text, or the inputs' identities and the layout.
  std::string identity{};
};

// How the weights are to be written. Anything but the defaults needs another folder than the run's.
struct WeightWish {
  bool rewrite = false;  // lay the shards out anew even where nothing else asks for it
  std::optional<tensor::Dtype> dtype{};
  std::optional<std::uint64_t> shard_bytes_max{};  // absent: the run's own files, with rewrite 5 GB
  bool keep_dtype = false;                         // --dtype keep: also what the config names otherwise
  std::string dtype_reason{};                      // where nobody asked for the cast
  bool keep_tied = false;
  bool dequantise = false;  // 4-bit weights as floats: the caller has given a source that does it
  std::optional<bool> experts_stacked{};  // in one tensor, or each expert's alone; the caller has done it
  bool unwrap = false;                    // take wrappers' words out of tensor names
  bool drop_tied = false;                 // the caller has compared: both embeddings are stored and equal
  bool tied_differ = false;               // the config ties them, and their bytes differ

  bool changes_weights() const {
    return rewrite || dtype || shard_bytes_max || unwrap || drop_tied || dequantise || experts_stacked;
  }
};

// What the caller wants and what it found out about names; nothing here is looked up again.
struct Options {
  std::string repo{};                   // "owner/name" that the card names; "" when not known
  bool pushing = false;                 // to others, who must be able to load the base
  std::string base_id{};                // public id of the base model, "" when there is none
  std::string base_revision{};          // the commit or branch that training loaded, "" when not known
  std::vector<std::string> datasets{};  // public ids, in order
  bool datasets_complete = true;        // false: others were used that have no public id
  recipe::Recipe recipe{};              // for what the card says of training
  bool handbook_tag = false;
  bool handbook_eos = false;
  bool fix_pad = false;
  std::optional<std::uint64_t> base_rows{};      // output rows of an adapter's base, if known
  std::optional<run::AdapterChain> chain{};      // of an adapter that was not trained on a model of its own
  std::vector<std::string> unchanged_tensors{};  // of an adapter: the base's, byte for byte
  std::string merged{};                          // what an adapter was merged into, as CardFacts has it
  std::vector<std::string> tags{};
  std::vector<std::string> languages{};
  std::optional<std::string> license{};
  std::string model_name{};
  card::EvalResults evals{};           // on registered benchmarks
  std::vector<std::string> add{};      // globs
  std::vector<std::string> exclude{};  // globs
  WeightWish weights{};
  bool weights_alone = false;  // no config or tokenizer: a warning instead of a refusal
};

struct Plan {
  std::vector<PlannedFile> files{};  // sorted by path
  std::vector<model::Fix> fixes{};
  std::vector<model::Warning> warnings{};
  std::vector<std::string> left_out{};  // files of the run that are not published
  card::CardFacts card_facts{};
  std::optional<std::string> replaced_front_matter{};  // a broken block of the card, kept in the state
  model::StopSet stops{};
  std::vector<model::EngineClaim> engines{};
  model::ModelKind kind = model::ModelKind::kUnknown;
  std::shared_ptr<const transform::ViewSource> view{};  // of weights laid out anew
};

// `fs` is only bound to the contents of untouched files; nothing is read from it here.
// Errors   kUnsupported (a format not read yet), kCorruptData (damaged weights or metadata), kRefused
//          (a link that leaves the folder, nothing to publish, an adapter without a public base)
Result<Plan> make_plan(os::FileSystem& fs, const run::RunFacts& run,
                       const std::optional<run::BaseModel>& base, const Options& options);

// 16 hex digits of what a release holds and where it goes: `sha256_of` maps its paths to digests.
std::string plan_id(std::string_view repo, std::string_view revision,
                    const std::map<std::string, std::string>& sha256_of,
                    const std::vector<std::string>& deleted);

// What training needs to go on, and nobody to load the model (docs/format/release.md).
bool is_training_state(std::string_view path);

// .slipway.json: what our last release of a repository held.
struct Manifest {
  std::string plan{};
  std::string commit{};  // parent the release was made on, "" for the first
  // By path. A file without the name that git has for its bytes: the manifest is of an earlier version, or
  // the file is a large one, which no tree names so.
  std::map<std::string, Digests> files{};
  // Of the card: what people had written into the run's, and whether words of the Hub's were joined to it.
  std::string card_own_sha256{};
  bool card_merged = false;
};
inline constexpr std::string_view kManifestName = ".slipway.json";
inline constexpr std::uint64_t kManifestBytesMax = 16u << 20;
std::string print_manifest(const Manifest& manifest);
Result<Manifest> parse_manifest(std::string_view text);

struct Deletions {
  std::vector<std::string> paths{};        // sorted
  std::vector<model::Warning> warnings{};  // of managed files that stay, for they may be somebody's now
};
// What the release deletes on the Hub: managed files that it does not hold any more and that still are what
// the manifest says; and root-level weight files and indices that would shadow a new set. `manifest` only
// when it is trusted.
Deletions remote_deletions(const Plan& plan, const std::vector<hub::RemoteFile>& remote,
                           const std::optional<Manifest>& manifest);

}  // namespace slipway::release
