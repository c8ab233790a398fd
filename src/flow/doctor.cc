#include "flow/doctor.h"

#include <algorithm>

#include <fmt/format.h>

#include "flow/frozen_tensors.h"
#include "flow/picked_run.h"
#include "flow/provenance.h"
#include "flow/release_options.h"
#include "flow/set_aside.h"
#include "flow/ship.h"
#include "flow/state_folder.h"
#include "flow/weight_wish.h"
#include "flow/wish.h"
#include "release/refusals.h"
#include "run/weights.h"
#include "transform/wrapped_names.h"

namespace slipway::flow {
namespace {

using model::Severity;

constexpr std::string_view kStale = "stale-weights";
constexpr std::string_view kOfTraining = "weights-of-training";
constexpr std::string_view kWayOut = "give the model's";

bool is_of_training(const std::optional<run::ForeignWeights>& weights) {
  return weights && weights->code == kOfTraining;
}

bool is_of_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// "config.json" in "has 3 rows and config.json says 4", not in "generation_config.json says".
bool names_file(std::string_view message, std::string_view path) {
  const std::size_t at = message.find(path);
  if (at == std::string_view::npos) return false;
  const std::size_t end = at + path.size();
  return (at == 0 || !is_of_a_name(message[at - 1])) &&
         (end == message.size() || !is_of_a_name(message[end]));
}

class Examination {
 public:
  Examination(os::World& world, os::FileSystem& files, hub::Client& client, const PublishOptions& options,
              const run::RunFacts& run)
      : world_(world),
        files_(files),
        client_(client),
        options_(options),
        run_(run),
        foreign_(run::foreign_weights(run)) {}

  Result<Diagnosis> run() {
    for (const run::Problem& problem : run_.problems) {
      add(finding_of(problem));
      if (problem.code == kStale) std::ranges::copy(problem.files, std::back_inserter(diagnosis_.stale));
    }
    look_at_format();
    if (run_.weights) look_at_names();
    diagnosis_.releasable = std::ranges::all_of(run_.problems, release::is_mild);
    if (diagnosis_.releasable) SLIPWAY_TRY(plan());
    check_card();
    std::ranges::stable_sort(diagnosis_.findings, {}, &Finding::severity);
    return std::move(diagnosis_);
  }

 private:
  // Where no loader takes the weights, nothing is mended beside them: the release is written elsewhere.
  std::string way_out() const {
    return is_of_training(foreign_) ? "" : fmt::format("`slipway doctor {} --fix` changes it", options_.run);
  }

  Finding finding_of(const run::Problem& problem) const {
    return {.code = problem.code,
            .severity = release::is_mild(problem) ? model::severity_of(problem.code) : Severity::kError,
            .file = problem.file,
            .message = problem.message,
            .fix = problem.code == kStale ? way_out() : ""};
  }

  void look_at_format() {
    if (!foreign_) return;
    const bool is_remote = &files_ != &world_.files;
    const std::string& given = options_.around.empty() ? options_.run : options_.around;
    add({.code = std::string(foreign_->code),
         .severity = model::severity_of(foreign_->code),
         .file = run_.weights->set.files.front(),
         .message = fmt::format("the weights are {}; {}`slipway publish {} --out DIR` writes the model as "
                                "safetensors, mended",
                                foreign_->words, is_remote ? "fetch them with `slipway pull`, then " : "",
                                is_remote ? "FOLDER" : given)});
    for (const std::string& warning : run_.weights->set.warnings) note_unread(warning);
    if (run_.format == "zero")
      note_unread("what the optimizer keeps beside its weights (moments, counters) is training state");
  }

  void note_unread(std::string what) {
    add({.code = "left-unread", .severity = Severity::kNote, .message = std::move(what)});
  }

  // What the headers and the index say of each other, and names that no loader looks for.
  void look_at_names() {
    for (const std::string& doubt : run_.weights->set.doubts)
      add({.code = "index-doubtful",
           .severity = model::severity_of("index-doubtful"),
           .file = run_.weights->set.index_file,
           .message = doubt});
    wrapped_ = transform::find_wrapped(run_.weights->source->catalogue());
    if (wrapped_ == nullptr) return;
    add({.code = "names-wrapped",
         .severity = Severity::kError,
         .file = wrapped_->file,
         .path = wrapped_->name,
         .message = fmt::format(
             "{} bears a word of the training (a wrapper's, or the adapter's own name), under which loaders "
             "find nothing; `slipway save {} --out DIR` writes the model without it",
             wrapped_->name, options_.run)});
  }

  Result<release::Options> plan_options(const std::string& target, const Provenance& from) const {
    release::Options options = release_options(options_, target, from);
    const bool is_remote = &files_ != &world_.files;  // its embeddings are not fetched for this
    if (wrapped_ != nullptr || is_remote) return options;
    if (is_of_training(foreign_)) {  // elsewhere is the only place where it can be mended
      SLIPWAY_ASSIGN(options.weights, decide_weights_elsewhere(run_, options_));
      return options;
    }
    PublishOptions in_place = options_;
    in_place.keep_format = true;
    SLIPWAY_ASSIGN(options.weights, decide_weights(run_, in_place));
    return options;
  }

  Result<void> plan() {
    SLIPWAY_ASSIGN(const Provenance from,
                   find_provenance(world_, client_, run_, options_, /*ask_hub=*/false));
    SLIPWAY_ASSIGN(const std::string target, known_target(options_, run_));
    for (const model::Warning& warning : from.warnings) add(finding_of(warning));
    if (run_.adapter && from.base_id.empty() && !from.chain) report_private_base();
    SLIPWAY_ASSIGN(const release::Options options, plan_options(target, from));
    std::vector<model::Warning> left;
    run::RunFacts run = run_;
    const bool is_remote = &files_ != &world_.files;  // whose weights are not fetched for this
    const auto known = is_remote ? std::nullopt : from.base_weights;
    const auto frozen = leave_frozen_out(run, {.weights = known, .far = from.remote_base != nullptr}, left);
    if (!frozen) return refuse(frozen.error());
    for (const model::Warning& warning : left) add(finding_of(warning));
    const auto plan = release::make_plan(files_, run, from.base, options);
    if (!plan) return refuse(plan.error());
    for (const model::Fix& fix : plan->fixes) add(finding_of(fix));
    for (const model::Warning& warning : plan->warnings)
      if (!is_said_elsewhere(warning)) add(finding_of(warning));
    for (const release::PlannedFile& file : plan->files)
      if (file.text) diagnosis_.mended[file.path] = *file.text;
    return {};
  }

  // check_card() says where, look_at_format() what; layers are verify's.
  bool is_said_elsewhere(const model::Warning& warning) const {
    return warning.code == "card-refused" || warning.code == "layer-odd" ||
           (foreign_ && warning.code == "left-unread");
  }

  void report_private_base() {
    add({.code = "adapter-base-local",
         .severity = model::severity_of("adapter-base-local"),
         .file = "adapter_config.json",
         .path = "base_model_name_or_path",
         .message =
             fmt::format("the adapter's base is '{}', which nobody else can load; give its public id with "
                         "--base OWNER/NAME",
                         run_.adapter->base)});
  }

  // The file of the folder that a sentence speaks of; "" where it speaks of none.
  std::string file_in(std::string_view message) const {
    for (const run::RunFile& file : run_.files)
      if (names_file(message, file.path)) return file.path;
    return "";
  }

  Result<void> refuse(const Error& error) {
    diagnosis_.releasable = false;
    add(refusal(error));
    return {};
  }

  // How publish refuses, as far as no problem of the folder has said it.
  Finding refusal(const Error& error) const {
    std::string message = describe(error);
    std::string file = file_in(message);
    return {.code = error.code == ErrorCode::kCorruptData ? "model-damaged" : "release-refused",
            .severity = Severity::kError,
            .file = std::move(file),
            .message = std::move(message)};
  }

  Finding finding_of(const model::Fix& fix) const {
    return {.code = fix.code,
            .severity = model::severity_of(fix.code),
            .file = fix.file,
            .path = fix.path,
            .message = fix.reason,
            .fix = way_out(),
            .before = fix.before,
            .after = fix.after};
  }

  Finding finding_of(const model::Warning& warning) const {
    return {.code = warning.code,
            .severity = model::severity_of(warning.code),
            .file = file_in(warning.message),
            .message = warning.message};
  }

  // Only what the Hub would refuse: that a card is not ours is no defect of the model.
  void check_card() {
    const std::string* card = run_.metadata.find(model::kReadmeName);
    if (card == nullptr) return;
    for (const card::Finding& found : card::validate_card(*card)) {
      add({.code = found.error ? "card-refused" : "card-doubtful",
           .severity = found.error ? Severity::kError : Severity::kWarning,
           .file = std::string(model::kReadmeName),
           .line = found.line,
           .path = found.path,
           .message = found.message});
    }
  }

  // A problem of the folder may come back as a warning of the plan.
  void add(Finding finding) {
    auto& list = finding.severity == Severity::kNote ? diagnosis_.notes : diagnosis_.findings;
    const auto is_same = [&](const Finding& other) {
      return other.code == finding.code && other.message == finding.message && other.path == finding.path;
    };
    if (std::ranges::none_of(list, is_same)) list.push_back(std::move(finding));
  }

  os::World& world_;
  os::FileSystem& files_;
  hub::Client& client_;
  const PublishOptions& options_;
  const run::RunFacts& run_;
  std::optional<run::ForeignWeights> foreign_;
  const tensor::TensorInfo* wrapped_ = nullptr;  // a tensor whose name holds a wrapper's word
  Diagnosis diagnosis_{};
};

}  // namespace

Result<Diagnosis> examine(os::World& world, os::FileSystem& files, hub::Client& client,
                          const PublishOptions& options) {
  SLIPWAY_ASSIGN(const PickedRun picked, pick_run(world, files, options, kWayOut));
  return examine(world, files, client, picked.options, picked.run);
}

Result<Diagnosis> examine(os::World& world, os::FileSystem& files, hub::Client& client,
                          const PublishOptions& options, const run::RunFacts& run) {
  return Examination(world, files, client, options, run).run();
}

namespace {

// What was found before and is not any more.
std::vector<Finding> gone(const Diagnosis& before, const Diagnosis& after) {
  std::vector<Finding> mended;
  for (const Finding& finding : before.findings) {
    const auto is_same = [&](const Finding& other) {
      return other.code == finding.code && other.file == finding.file && other.path == finding.path;
    };
    if (std::ranges::none_of(after.findings, is_same)) mended.push_back(finding);
  }
  return mended;
}

// What publish says of the model, and not of the disk or of somebody else at work; the last: not in place.
bool is_refusal(const Diagnosis& before, const Error& error) {
  return !before.releasable || error.code == ErrorCode::kInvalidArgument;
}

// Nothing was mended, so nothing is said to be mendable.
void add_refusal(const Error& error, Diagnosis& diagnosis) {
  for (Finding& finding : diagnosis.findings) finding.fix.clear();
  const std::string message = describe(error);
  const auto says_it = [&](const Finding& finding) { return message.contains(finding.message); };
  if (std::ranges::any_of(diagnosis.findings, says_it)) return;
  diagnosis.findings.push_back(
      {.code = "release-refused", .severity = model::Severity::kError, .message = message});
}

Result<bool> move_aside(os::World& world, const os::Path& run, const std::vector<std::string>& stale) {
  if (stale.empty()) return false;
  SLIPWAY_ASSIGN(const StateFolder state, StateFolder::open(world, run));
  if (!state.paths().inside_run) return false;
  SLIPWAY_ASSIGN(Journal journal, Journal::open(world.files, state.paths().journal()));
  SLIPWAY_TRY(SetAside(world.files, run, state.paths(), journal).move(stale));
  return true;
}

bool is_found_in_card(const Diagnosis& diagnosis) {
  return std::ranges::any_of(diagnosis.findings,
                             [](const Finding& finding) { return model::is_card(finding.file); });
}

// The mended files alone: the manifest of a release is renewed where there is one, and none is made.
Shipment pull_request_of(const hub::RemoteFolder& folder, const RemoteState& remote,
                         const std::map<std::string, std::string>& files) {
  Shipment shipment{
      .repo = folder.address().repo,
      .revision = folder.address().revision,
      .message = "Repair known defects",
      .manifest = remote.manifest ? Shipment::ManifestWrite::kRenew : Shipment::ManifestWrite::kNone,
      .create_pr = true};
  for (const auto& [path, text] : files) {
    shipment.files.push_back({.path = path,
                              .content = literal_content(text),
                              .size = text.size(),
                              .origin = release::Origin::kFixed,
                              .text = text});
    shipment.digests[path] = digest_text(text);
  }
  return shipment;
}

}  // namespace

Result<Cure> cure(os::World& world, hub::Client& client, const PublishOptions& options, Observer& observer) {
  SLIPWAY_ASSIGN(const PickedRun picked, pick_run(world, world.files, options, kWayOut));
  SLIPWAY_ASSIGN(const Diagnosis before, examine(world, world.files, client, picked.options, picked.run));
  PublishOptions in_place = options;
  in_place.push = false;
  in_place.keep_format = true;
  Cure cure;
  if (is_of_training(run::foreign_weights(picked.run))) {
    cure.remaining = before;
    return cure;
  }
  const auto done = publish(world, client, in_place, observer);
  if (!done && is_refusal(before, done.error())) {
    cure.remaining = before;
    add_refusal(done.error(), cure.remaining);
    return cure;
  }
  if (!done) return std::unexpected(done.error());
  SLIPWAY_ASSIGN(const bool moved, move_aside(world, picked.options.run, before.stale));
  cure.changed = done->changed || moved;
  SLIPWAY_ASSIGN(cure.remaining, examine(world, world.files, client, options));
  cure.mended = gone(before, cure.remaining);
  return cure;
}

Result<Cure> cure_repository(os::World& world, hub::Client& client, hub::RemoteFolder& folder,
                             const PublishOptions& options, Observer& observer) {
  if (folder.address().revision != kDefaultBranch) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("--fix opens a pull request against {}; give hf://{}", kDefaultBranch,
                            folder.address().repo.full()));
  }
  SLIPWAY_ASSIGN(const Diagnosis before, examine(world, folder, client, options));
  std::map<std::string, std::string> files = before.mended;
  if (!is_found_in_card(before))
    std::erase_if(files, [](const auto& row) { return model::is_card(row.first); });
  Cure cure{.remaining = before};
  if (before.findings.empty() || files.empty()) return cure;
  for (const auto& [path, text] : files) folder.lay_over(path, text);
  SLIPWAY_ASSIGN(cure.remaining, examine(world, folder, client, options));
  cure.mended = gone(before, cure.remaining);
  if (cure.mended.empty()) return cure;
  SLIPWAY_ASSIGN(const RemoteState remote,
                 read_remote(client, folder.address().repo, folder.address().revision));
  if (remote.head != folder.commit()) {
    return fail(ErrorCode::kConflict,
                fmt::format("{} moved from {} to {} while it was looked at; run again",
                            folder.address().repo.full(), folder.commit(), remote.head));
  }
  SLIPWAY_ASSIGN(const Shipped shipped,
                 ship(world, client, pull_request_of(folder, remote, files), remote, observer));
  cure.changed = shipped.changed;
  cure.pull_request = shipped.pull_request;
  cure.url = shipped.url;
  return cure;
}

}  // namespace slipway::flow
