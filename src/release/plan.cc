#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/glob.h"
#include "base/hash.h"
#include "base/size_text.h"
#include "os/path.h"
#include "release/allow_list.h"
#include "release/assembly.h"
#include "release/card_facts.h"
#include "release/layer_check.h"
#include "release/left_quantisation.h"
#include "release/main_dtype.h"
#include "release/refusals.h"
#include "release/release.h"
#include "release/vocabulary_check.h"
#include "release/weights_check.h"
#include "release/weights_plan.h"
#include "text/strict_json.h"
#include "transform/tied.h"

namespace slipway::release {
namespace {

bool is_weight_file(const std::string& path) {
  return path.ends_with(".safetensors") || path.ends_with(".safetensors.index.json");
}

// Weight files at the root outside the set that loaders take are stale: left out of the release.
bool is_stale(const std::set<std::string>& weights, const std::string& path) {
  return path.find('/') == std::string::npos && is_weight_file(path) && !weights.contains(path);
}

std::set<std::string> names_of(const tensor::WeightSet& set) {
  std::set<std::string> names(set.files.begin(), set.files.end());
  if (!set.index_file.empty()) names.insert(set.index_file);
  return names;
}

// Which files of the run are sent: what the caller says goes before what the lists say.
class Choice {
 public:
  Choice(const run::RunFacts& run, const Options& options)
      : run_(run),
        options_(options),
        parts_(parts_named_by(run)),
        weights_(run.weights ? names_of(run.weights->set) : std::set<std::string>()) {}

  bool takes(const std::string& path) const {
    if (glob_match_any(options_.exclude, path)) return false;
    if (glob_match_any(options_.add, path)) return true;
    if (run_.adapter && path == "config.json") return false;  // the base's, dropped in by the trainer
    return is_published(path, parts_) && !is_stale(weights_, path);
  }
  bool is_code(const std::string& path) const { return release::is_code(path, parts_); }

 private:
  const run::RunFacts& run_;
  const Options& options_;
  NamedParts parts_;
  std::set<std::string> weights_;
};

void report_code(const std::vector<std::string>& code, Plan& plan) {
  if (code.empty()) return;
  plan.warnings.push_back(
      {"custom-code",
       fmt::format("{} will be published, as a config of the run names code of its own; keep a "
                   "file at home with --exclude",
                   fmt::join(code, ", "))});
}

Result<void> take_files(const run::RunFacts& run, const Options& options, Assembly& assembly, Plan& plan) {
  const Choice choice(run, options);
  std::vector<std::string> code;
  for (const run::RunFile& file : run.files) {
    if (!choice.takes(file.path)) {
      plan.left_out.push_back(file.path);
      continue;
    }
    SLIPWAY_TRY(refuse_link(file));
    SLIPWAY_TRY(refuse_settings_with_token(run, file));
    assembly.take(file);
    if (choice.is_code(file.path)) code.push_back(file.path);
  }
  report_code(code, plan);
  return {};
}

// Evaluation results with NaN are no JSON that others can read.
void make_results_strict(const run::RunFacts& run, Assembly& assembly, Plan& plan) {
  for (const auto& [name, text] : run.metadata.files) {
    if (!name.ends_with("_results.json") || !assembly.holds(name)) continue;
    std::vector<std::string> replaced;
    const auto strict = json::strict_json(text, replaced);
    if (!strict || replaced.empty()) continue;
    assembly.put(name, *strict);
    for (const std::string& path : replaced) {
      plan.fixes.push_back({.code = "results-not-finite",
                            .file = name,
                            .path = path,
                            .before = "NaN",
                            .after = "null",
                            .reason = "NaN and Infinity are no JSON: other readers refuse the whole file"});
    }
  }
}

// An adapter's config is the base's; where that is not known, nothing is said.
bool tied_by_config(const run::RunFacts& run, const std::optional<run::BaseModel>& base) {
  if (!run.adapter) return true;  // asked before the two were compared
  return base && transform::says_tied(model::value_of(base->metadata, "config.json"));
}

std::vector<model::EngineClaim> claims_of(const run::RunFacts& run, const std::optional<run::BaseModel>& base,
                                          const model::RuleOutcome& rules,
                                          const model::Tokenizer& tokenizer) {
  const json::Value base_config = base ? model::value_of(base->metadata, "config.json") : json::Value();
  return model::claim_engines(run.metadata, base_config.is_object() ? &base_config : nullptr, rules,
                              tokenizer);
}

void report_unchanged_tensors(const run::RunFacts& run, const Options& options, Plan& plan) {
  if (options.unchanged_tensors.empty()) return;
  std::uint64_t bytes = 0;
  for (const tensor::TensorInfo& info : run.weights->source->catalogue())
    if (std::ranges::find(options.unchanged_tensors, info.name) != options.unchanged_tensors.end())
      bytes += info.size_bytes;
  plan.warnings.push_back(
      {"adapter-tensors-unchanged",
       fmt::format("the adapter holds {} of the base unchanged, {} for nothing; save it with "
                   "save_embedding_layers=False or without these modules_to_save",
                   fmt::join(options.unchanged_tensors, ", "), format_size(bytes))});
}

void put_loss_curve(const run::RunFacts& run, const std::string& picture, Assembly& assembly, Plan& plan) {
  const std::string* existing = run.metadata.find(model::kLossCurveName);
  if (picture.empty() || (existing != nullptr && *existing == picture)) return;
  plan.fixes.push_back({.code = "loss-curve",
                        .file = std::string(model::kLossCurveName),
                        .path = "",
                        .before = "",
                        .after = "",
                        .reason = "the card shows how the loss went, from the trainer's log"});
  assembly.put(std::string(model::kLossCurveName), picture);
}

// Files of the run around a checkpoint, or of its base. The card is told of as a card.
void put_borrowed(const run::RunFacts& run, const Options& options, Assembly& assembly, Plan& plan) {
  for (const run::Borrowed& file : run.borrowed) {
    const bool unwanted = run.adapter && file.path == "config.json";  // the base's
    if (unwanted || glob_match_any(options.exclude, file.path)) continue;
    const bool replaces = assembly.holds(file.path);
    assembly.put(file.path, file.text);
    if (file.path == model::kReadmeName) continue;
    plan.fixes.push_back({.code = "file-borrowed",
                          .file = file.path,
                          .path = "",
                          .before = "",
                          .after = "",
                          .reason = fmt::format(
                              fmt::runtime(replaces ? "{} is merged into the model of {}, whose file it takes"
                                                    : "{} has none; taken from {}"),
                              run.folder, file.from)});
  }
}

void put_eval_results(const run::RunFacts& run, const card::EvalResults& evals, Assembly& assembly,
                      Plan& plan) {
  std::ranges::copy(evals.warnings, std::back_inserter(plan.warnings));
  for (const auto& [path, text] : card::eval_files(evals)) {
    const std::string* existing = run.metadata.find(path);
    if (existing != nullptr && *existing == text) continue;
    plan.fixes.push_back({.code = "eval-results",
                          .file = path,
                          .path = "",
                          .before = "",
                          .after = "",
                          .reason = "results that were given, in the form that the Hub's leaderboards read"});
    assembly.put(path, text);
  }
}

std::string_view card_code(const std::string* existing) {
  if (existing == nullptr) return "card-missing";
  const card::Generator generator = card::generator_of(*existing);
  if (generator == card::Generator::kPeft) return "card-template";
  return generator == card::Generator::kPerson ? "card-stale" : "card-generated";
}

Result<void> put_card(const run::RunFacts& run, const card::CardFacts& facts, Assembly& assembly,
                      Plan& plan) {
  const std::string* existing = run.metadata.find(model::kReadmeName);
  const auto before = existing == nullptr ? std::nullopt : std::optional<std::string_view>(*existing);
  SLIPWAY_ASSIGN(card::CardOutcome card, card::write_card(facts, before));
  std::ranges::move(card.warnings, std::back_inserter(plan.warnings));
  plan.replaced_front_matter = std::move(card.replaced_front_matter);
  put_loss_curve(run, card.loss_curve, assembly, plan);
  if (existing != nullptr && *existing == card.text) return {};
  plan.fixes.push_back({.code = std::string(card_code(existing)),
                        .file = std::string(model::kReadmeName),
                        .path = "",
                        .before = "",
                        .after = "",
                        .reason = "the card must say where the model comes from and where it stops"});
  assembly.put(std::string(model::kReadmeName), card.text);
  return {};
}

// What a reader left out, and what is not as it should be though loaders may take it.
void report_weights(const run::RunFacts& run, Plan& plan) {
  if (!run.weights) return;
  for (const std::string& what : run.weights->set.warnings) plan.warnings.push_back({"left-unread", what});
  const auto catalogue = plan.view ? plan.view->catalogue() : run.weights->source->catalogue();
  for (const OddTensor& odd : odd_tensors_of(run, catalogue))
    plan.warnings.push_back({"layer-odd", odd.message});
}

}  // namespace

std::string_view origin_name(Origin origin) {
  switch (origin) {
    case Origin::kRun:
      return "run";
    case Origin::kFixed:
      return "fixed";
    case Origin::kMade:
      return "made";
  }
  return "run";
}

Result<Plan> make_plan(os::FileSystem& fs, const run::RunFacts& run,
                       const std::optional<run::BaseModel>& base, const Options& options) {
  Plan plan;
  SLIPWAY_TRY(refuse_unpublishable(run, options, plan.warnings));
  model::RuleInputs inputs{.run = run.metadata,
                           .output_rows = run.output_rows ? run.output_rows : options.base_rows,
                           .dtype = std::string(main_dtype(run, options.weights)),
                           .adapter = run.adapter.has_value(),
                           .public_base_id = options.base_id,
                           .base_revision = options.base_revision,
                           .handbook_eos = options.handbook_eos,
                           .fix_pad = options.fix_pad,
                           .plain_weights = run.dequantised || is_quantisation_left(run),
                           .untie = options.weights.tied_differ && tied_by_config(run, base)};
  if (base) inputs.base = base->metadata;
  SLIPWAY_ASSIGN(model::RuleOutcome rules, model::apply_rules(inputs));
  const model::Tokenizer& tokenizer = rules.tokenizer;
  SLIPWAY_TRY(check_weights(run, tokenizer, plan.warnings));
  report_missing_vocabulary(run, plan.warnings);
  plan.kind = rules.kind;
  plan.stops = rules.stops;
  plan.engines = claims_of(run, base, rules, tokenizer);
  plan.fixes = rules.fixes;
  std::ranges::copy(rules.warnings, std::back_inserter(plan.warnings));

  report_unchanged_tensors(run, options, plan);
  Assembly assembly(fs, run);
  SLIPWAY_TRY(take_files(run, options, assembly, plan));
  put_borrowed(run, options, assembly, plan);
  if (options.weights.changes_weights()) SLIPWAY_TRY(lay_out_weights(run, options.weights, assembly, plan));
  report_weights(run, plan);
  for (const auto& [name, text] : rules.files.files) assembly.put(name, text);
  make_results_strict(run, assembly, plan);
  plan.card_facts = gather_card_facts(run, rules, tokenizer, base, options, plan);
  SLIPWAY_TRY(put_card(run, plan.card_facts, assembly, plan));
  put_eval_results(run, options.evals, assembly, plan);
  plan.files = assembly.finish();
  return plan;
}

std::string plan_id(std::string_view repo, std::string_view revision,
                    const std::map<std::string, std::string>& sha256_of,
                    const std::vector<std::string>& deleted) {
  std::string text = fmt::format("{}\n{}\n", repo, revision);
  for (const auto& [path, sha256] : sha256_of) text += fmt::format("+{} {}\n", sha256, path);
  for (const std::string& path : deleted) text += fmt::format("-{}\n", path);
  return sha256_hex(as_bytes(text)).substr(0, 16);
}

}  // namespace slipway::release
