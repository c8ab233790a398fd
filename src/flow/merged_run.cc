#include "flow/merged_run.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/hash.h"
#include "flow/merge_base.h"
#include "flow/merged_config.h"
#include "os/path.h"
#include "release/adapter_refusals.h"
#include "release/allow_list.h"
#include "release/assembly.h"
#include "release/refusals.h"
#include "run/metadata_files.h"
#include "run/weights.h"
#include "transform/merge/adapter_config.h"
#include "transform/merge/block_diagonal.h"
#include "transform/replicated_layers.h"

namespace slipway::flow {
namespace {

constexpr std::string_view kConfig = "config.json";
constexpr std::string_view kAdapterConfig = "adapter_config.json";
constexpr std::uint64_t kBorrowedBytesMax = run::kMetadataBytesMax;

// Of these the base's are the model's, whatever the trainer left in the run.
constexpr auto kOfTheBase = std::to_array<std::string_view>({"config.json", "generation_config.json"});
constexpr auto kNeverBorrowed = std::to_array<std::string_view>(
    {"adapter_config.json", model::kReadmeName, model::kLossCurveName, ".gitattributes"});

bool is_of_the_base(std::string_view path) { return std::ranges::find(kOfTheBase, path) != kOfTheBase.end(); }

bool has_tokenizer(const model::Metadata& files) {
  return files.find("tokenizer_config.json") != nullptr || files.find("tokenizer.json") != nullptr;
}

bool is_weight_file(std::string_view path) {
  return path.ends_with(".safetensors") || path.ends_with(".safetensors.index.json") ||
         path.ends_with(".gguf");
}

Result<run::RunFacts> look_at_base(os::FileSystem& files, const run::RunFacts& run, const Provenance& from) {
  const bool here = from.base && from.base_weights;
  if (!here) {
    return fail(
        ErrorCode::kNotFound,
        fmt::format("--merge needs the base of {} here, weights and all{}; fetch it with `slipway pull` "
                    "and give its folder or its id with --base, or read it there with --base hf://OWNER/NAME",
                    run.folder, run.adapter->base.empty() ? "" : " (" + run.adapter->base + ")"));
  }
  SLIPWAY_ASSIGN_WITHIN(auto base, "read the base", run::inspect(files, from.base->origin));
  for (const run::Problem& problem : base.problems)
    if (!release::is_mild(problem))
      return std::unexpected(within(base.folder, {problem.error, problem.message}));
  if (base.adapter || !base.weights || base.metadata.find(kConfig) == nullptr)
    return fail(ErrorCode::kRefused,
                fmt::format("{} is no model with weights that an adapter could be merged into", base.folder));
  return base;
}

// The files of the base that the model needs and the run has not.
class Borrowing {
 public:
  Borrowing(os::FileSystem& fs, const run::RunFacts& base, run::RunFacts& merged)
      : fs_(fs), base_(base), merged_(merged), parts_(release::parts_named_by(base)) {}

  Result<void> borrow() {
    const bool own_tokenizer = has_tokenizer(merged_.metadata);
    for (const run::RunFile& file : base_.files) {
      if (!is_wanted(file)) continue;
      const bool of_model = is_of_the_base(file.path) || release::is_code(file.path, parts_) ||
                            file.path.ends_with("processor_config.json");
      if (!of_model && own_tokenizer) continue;
      SLIPWAY_ASSIGN(auto text, os::read_file(fs_, os::join(base_.folder, file.path), kBorrowedBytesMax));
      if (base_.metadata.find(file.path) != nullptr) merged_.metadata.files[file.path] = text;
      merged_.borrowed.push_back({.path = file.path, .text = std::move(text), .from = base_.folder});
    }
    return {};
  }

 private:
  bool is_wanted(const run::RunFile& file) const {
    if (file.leaves_run || file.stat.kind != os::FileKind::kFile || is_weight_file(file.path)) return false;
    if (file.path.find('/') != std::string::npos || file.path.ends_with("_results.json")) return false;
    if (std::ranges::find(kNeverBorrowed, file.path) != kNeverBorrowed.end()) return false;
    if (!release::is_published(file.path, parts_)) return false;
    return is_of_the_base(file.path) ||
           std::ranges::find(merged_.files, file.path, &run::RunFile::path) == merged_.files.end();
  }

  os::FileSystem& fs_;
  const run::RunFacts& base_;
  run::RunFacts& merged_;
  release::NamedParts parts_;
};

// The run without its adapter.
run::RunFacts without_adapter(const run::RunFacts& run) {
  run::RunFacts left = run;
  left.adapter.reset();
  left.weights.reset();
  left.base = run.base;
  const auto is_replaced = [](const auto& file) {
    const bool root = file.path.find('/') == std::string::npos;
    return root && (file.path == kAdapterConfig || is_weight_file(file.path) || is_of_the_base(file.path));
  };
  std::erase_if(left.files, is_replaced);
  std::erase_if(left.borrowed, is_replaced);  // a checkpoint takes them from the run around it
  for (const std::string_view name : kOfTheBase) left.metadata.files.erase(std::string(name));
  left.metadata.files.erase(std::string(kAdapterConfig));
  return left;
}

// What the merged bytes are made of, without reading them.
std::string identity_of(const run::RunFacts& facts) {
  std::string text;
  for (const run::RunFile& file : facts.files) {
    const auto& files = facts.weights->set.files;
    if (std::ranges::find(files, file.path) != files.end()) text += release::identity_of(file) + "\n";
  }
  return text;
}

Result<json::Value> object_of(const run::RunFacts& facts, std::string_view name) {
  const std::string* text = facts.metadata.find(name);
  SLIPWAY_CHECK(text != nullptr);
  auto parsed = json::parse(*text, {.allow_nan = true});
  if (!parsed) return std::unexpected(within(os::join(facts.folder, name), std::move(parsed).error()));
  return std::move(*parsed);
}

// A classifier does not generate.
void drop_generation_config(run::RunFacts& merged) {
  merged.metadata.files.erase(std::string(kOfTheBase.back()));
  std::erase_if(merged.borrowed, [](const run::Borrowed& file) { return file.path == kOfTheBase.back(); });
}

model::Warning read_by_new_loaders(std::string_view type) {
  return {
      "merge-config",
      fmt::format("the merge parts the embeddings, and of a {} that is not tied transformers 4 scales no "
                  "decoder outputs: only transformers 5, which reads scale_decoder_outputs, runs it as it "
                  "was trained",
                  type)};
}

}  // namespace

Result<MergedRun> merge_run(os::World& world, const run::RunFacts& run, const Provenance& from,
                            const release::Options& options, bool onto_4bit) {
  SLIPWAY_TRY(release::refuse_merge(run, options));
  os::FileSystem& files = from.remote_base ? *from.remote_base : world.files;
  SLIPWAY_ASSIGN(const run::RunFacts base, look_at_base(files, run, from));
  SLIPWAY_ASSIGN(const json::Value adapter_config, object_of(run, kAdapterConfig));
  SLIPWAY_ASSIGN(const json::Value base_config, object_of(base, kConfig));
  SLIPWAY_ASSIGN(const auto config, transform::AdapterConfig::parse(adapter_config));
  SLIPWAY_ASSIGN(MergeBase from_base, choose_merge_base(base, run, options.recipe, onto_4bit));
  if (!config.layer_replication.empty()) {
    SLIPWAY_ASSIGN(from_base.source, transform::replicate_layers(from_base.source, config.layer_replication));
  }
  SLIPWAY_ASSIGN(const auto adapter, transform::with_whole_matrices(run.weights->source, config));
  SLIPWAY_ASSIGN_WITHIN(auto plan, "merge " + run.folder,
                        transform::plan_merge(from_base.source->catalogue(), adapter->catalogue(), config,
                                              transform::base_config(base_config)));
  const ConfigChanges changes{.rows = plan.vocabulary_rows,
                              .labels = plan.labels,
                              .head_class = plan.head_class,
                              .layers = transform::layers_of(config.layer_replication)};
  const std::string scaled_by_tie = plan.scaled_by_tie;
  MergedRun made{.facts = without_adapter(run), .base_folder = from.remote_base};
  made.source =
      std::make_shared<const transform::MergedSource>(from_base.source, adapter, std::move(plan), world.cpu);
  run::RunFacts& merged = made.facts;
  merged.weights = tensor::OpenedWeights{.set = base.weights->set, .source = made.source};
  merged.weights_identity =
      fmt::format("merge {}\n{}{}{}{}", onto_4bit ? "4bit" : "16bit", identity_of(base), identity_of(run),
                  sha256_hex(as_bytes(*run.metadata.find(kAdapterConfig))), from_base.settings);
  made.onto_4bit = onto_4bit;
  made.into = from_base.into;
  made.warnings = from_base.warnings;
  if (from.base->id.empty() && !from.base_id.empty())
    made.warnings.push_back(
        {"merge-base-unproved", fmt::format("merged into the weights in {}, taken to be {}: nothing in a "
                                            "folder proves which model it holds",
                                            base.folder, from.base_id)});
  made.base = from.base_id.empty() ? base.folder : from.base_id;
  if (model::is_quantised(base_config))
    merged.dequantised =
        run::DequantisedFacts{.state_tensors = from_base.state_tensors, .why = "--merge-onto 4bit"};
  merged.format = base.format;
  merged.output_rows = run::output_rows(made.source->catalogue());
  SLIPWAY_TRY(Borrowing(files, base, merged).borrow());
  SLIPWAY_ASSIGN(const auto told, adjust_config(changes, run, merged));
  if (!told.empty())
    made.warnings.push_back(
        {"merge-config", fmt::format("config.json is the base's but for {}: what the merge has made another",
                                     fmt::join(told, "; "))});
  if (!scaled_by_tie.empty()) made.warnings.push_back(read_by_new_loaders(scaled_by_tie));
  if (changes.labels) drop_generation_config(merged);
  const json::Value merged_config = model::value_of(merged.metadata, kConfig);
  merged.kind = model::decide_kind(&merged_config, nullptr);
  return made;
}

}  // namespace slipway::flow
