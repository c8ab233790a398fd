#include "flow/merged_run.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/hash.h"
#include "flow/merge_base.h"
#include "os/path.h"
#include "release/adapter_refusals.h"
#include "release/allow_list.h"
#include "release/assembly.h"
#include "release/refusals.h"
#include "run/metadata_files.h"
#include "run/weights.h"
#include "transform/merge/adapter_config.h"
#include "transform/tied.h"

namespace slipway::flow {
namespace {

constexpr std::string_view kConfig = "config.json";
constexpr std::string_view kAdapterConfig = "adapter_config.json";
constexpr std::uint64_t kBorrowedBytesMax = run::kMetadataBytesMax;
constexpr std::size_t kNamedMax = 5;

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
  const auto is_adapters = [&](const run::RunFile& file) {
    const bool root = file.path.find('/') == std::string::npos;
    return root && (file.path == kAdapterConfig || is_weight_file(file.path) || is_of_the_base(file.path));
  };
  std::erase_if(left.files, is_adapters);
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

// The base's config as the merged model's: its rows of embeddings, and no word of quantised weights.
Result<void> adjust_config(std::optional<std::uint64_t> rows, run::RunFacts& merged) {
  std::string& text = merged.metadata.files[std::string(kConfig)];
  SLIPWAY_ASSIGN_WITHIN(auto document, kConfig, json::Document::parse(text, {.allow_nan = true}));
  for (const std::string_view level : {"", "text_config", "llm_config", "language_config"}) {
    std::vector<std::string_view> path;
    if (!level.empty()) path.push_back(level);
    path.push_back("quantization_config");
    SLIPWAY_TRY(document.erase(path));
    path.back() = "vocab_size";
    if (rows && document.find(path) != nullptr) SLIPWAY_TRY(document.set(path, json::Value(*rows)));
  }
  text = document.text();
  for (run::Borrowed& file : merged.borrowed)
    if (file.path == kConfig) file.text = text;
  return {};
}

}  // namespace

Result<MergedRun> merge_run(os::World& world, const run::RunFacts& run, const Provenance& from,
                            const release::Options& options, bool onto_4bit) {
  SLIPWAY_TRY(release::refuse_merge(run, options));
  os::FileSystem& files = from.remote_base ? *from.remote_base : world.files;
  SLIPWAY_ASSIGN(const run::RunFacts base, look_at_base(files, run, from));
  SLIPWAY_ASSIGN(const json::Value adapter_config, object_of(run, kAdapterConfig));
  SLIPWAY_ASSIGN(const json::Value base_config, object_of(base, kConfig));
  SLIPWAY_ASSIGN(const MergeBase from_base, choose_merge_base(base, run, onto_4bit));
  SLIPWAY_ASSIGN(const auto config, transform::AdapterConfig::parse(adapter_config));
  SLIPWAY_ASSIGN_WITHIN(auto plan, "merge " + run.folder,
                        transform::plan_merge(from_base.source->catalogue(), run.weights->source->catalogue(),
                                              config, transform::says_tied(base_config)));
  const auto rows = plan.vocabulary_rows;
  MergedRun made{.facts = without_adapter(run), .base_folder = from.remote_base};
  made.source = std::make_shared<const transform::MergedSource>(from_base.source, run.weights->source,
                                                                std::move(plan), world.cpu);
  run::RunFacts& merged = made.facts;
  merged.weights = tensor::OpenedWeights{.set = base.weights->set, .source = made.source};
  merged.weights_identity =
      fmt::format("merge {}\n{}{}{}", onto_4bit ? "4bit" : "16bit", identity_of(base), identity_of(run),
                  sha256_hex(as_bytes(*run.metadata.find(kAdapterConfig))));
  made.onto_4bit = onto_4bit;
  made.into = from_base.into;
  made.warnings = from_base.warnings;
  made.base = from.base_id.empty() ? base.folder : from.base_id;
  merged.format = base.format;
  merged.output_rows = run::output_rows(made.source->catalogue());
  SLIPWAY_TRY(Borrowing(files, base, merged).borrow());
  SLIPWAY_TRY(adjust_config(rows, merged));
  const json::Value merged_config = model::value_of(merged.metadata, kConfig);
  merged.kind = model::decide_kind(&merged_config, nullptr);
  return made;
}

namespace {

std::string listed(std::vector<std::string> names) {
  const std::size_t count = names.size();
  names.resize(std::min(count, kNamedMax));
  return fmt::format("{}{}", fmt::join(names, ", "),
                     count > kNamedMax ? fmt::format(" and {} more", count - kNamedMax) : "");
}

}  // namespace

Result<void> refuse_unchanged(const transform::MergedSource& source) {
  std::vector<std::string> names;
  for (const transform::ModuleChange& one : source.changes()) {
    if (!one.complete || one.change.unchanged < one.change.elements) return {};
    names.push_back(one.module);
  }
  if (names.empty()) return {};
  return fail(ErrorCode::kCorruptData,
              fmt::format("the merge changes nothing: {} stay as the base has them; the adapter was not "
                          "trained, or the base holds it already",
                          listed(std::move(names))));
}

MergeReport report_merge(const MergedRun& merged, std::vector<model::Warning>& warnings) {
  std::ranges::copy(merged.warnings, std::back_inserter(warnings));
  MergeReport report{.base = merged.base, .onto = merged.onto_4bit ? "4bit" : "16bit"};
  std::vector<std::string> idle;
  std::vector<std::string> large;
  for (const transform::ModuleChange& one : merged.source->changes()) {
    if (!one.complete || one.change.elements == 0) continue;
    const double weight = std::sqrt(one.change.weight_squared);
    const double change = std::sqrt(one.change.change_squared);
    report.modules.push_back(
        {.module = one.module,
         .tensor = one.tensor,
         .change = std::isfinite(change / weight) ? change / weight : 0,
         .unchanged = static_cast<double>(one.change.unchanged) / static_cast<double>(one.change.elements)});
    if (one.change.unchanged == one.change.elements) idle.push_back(one.module);
    if (change > weight && weight > 0) large.push_back(one.module);
  }
  if (!idle.empty())
    warnings.push_back(
        {"merge-without-effect",
         fmt::format("the adapter changes nothing that is stored in {}", listed(std::move(idle)))});
  if (!large.empty())
    warnings.push_back(
        {"merge-large", fmt::format("the change is larger than the weights themselves in {}; is "
                                    "{} the base that the adapter was trained on?",
                                    listed(std::move(large)), merged.base)});
  return report;
}

}  // namespace slipway::flow
