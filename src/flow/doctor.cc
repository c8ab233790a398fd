#include "flow/doctor.h"

#include <algorithm>

#include <fmt/format.h>

#include "flow/provenance.h"
#include "flow/release_options.h"
#include "flow/state_folder.h"
#include "flow/wish.h"
#include "release/refusals.h"

namespace slipway::flow {
namespace {

using model::Severity;

// How publish refuses, as far as no problem of the folder has said it.
Finding refusal(const Error& error) {
  return {.code = error.code == ErrorCode::kCorruptData ? "model-damaged" : "release-refused",
          .severity = Severity::kError,
          .file = error.context.substr(0, error.context.find(": ")),
          .message = describe(error)};
}

class Examination {
 public:
  Examination(os::World& world, os::FileSystem& files, hub::Client& client, const PublishOptions& options)
      : world_(world), files_(files), client_(client), options_(options) {}

  Result<Diagnosis> run() {
    SLIPWAY_ASSIGN(run_, run::inspect(files_, options_.run, options_.followed_links));
    for (const run::Problem& problem : run_.problems) add(finding_of(problem));
    if (std::ranges::all_of(run_.problems, release::is_mild)) SLIPWAY_TRY(plan());
    check_card();
    std::ranges::stable_sort(diagnosis_.findings, {}, &Finding::severity);
    return std::move(diagnosis_);
  }

 private:
  static Finding finding_of(const run::Problem& problem) {
    return {.code = problem.code,
            .severity = release::is_mild(problem) ? model::severity_of(problem.code) : Severity::kError,
            .file = problem.file,
            .message = problem.message};
  }

  Result<void> plan() {
    SLIPWAY_ASSIGN(const Provenance from,
                   find_provenance(world_, client_, run_, options_, /*ask_hub=*/false));
    SLIPWAY_ASSIGN(const std::string target, known_target(options_, run_));
    for (const model::Warning& warning : from.warnings) add(finding_of(warning));
    const auto plan = release::make_plan(files_, run_, from.base, release_options(options_, target, from));
    if (!plan) {
      add(refusal(plan.error()));
      return {};
    }
    for (const model::Fix& fix : plan->fixes) add(finding_of(fix));
    for (const model::Warning& warning : plan->warnings) add(finding_of(warning));
    return {};
  }

  Finding finding_of(const model::Fix& fix) const {
    return {.code = fix.code,
            .severity = model::severity_of(fix.code),
            .file = fix.file,
            .path = fix.path,
            .message = fix.reason,
            .fix = fmt::format("`slipway doctor {} --fix` changes it", options_.run),
            .before = fix.before,
            .after = fix.after};
  }

  static Finding finding_of(const model::Warning& warning) {
    return {.code = warning.code, .severity = model::severity_of(warning.code), .message = warning.message};
  }

  // Only what the Hub would refuse: that a card is not ours is no defect of the model.
  void check_card() {
    const std::string* card = run_.metadata.find(model::kReadmeName);
    if (card == nullptr) return;
    for (const card::Finding& found : card::validate_card(*card)) {
      add({.code = found.error ? "card-refused" : "card-doubtful",
           .severity = found.error ? Severity::kError : Severity::kWarning,
           .file = std::string(model::kReadmeName),
           .path = found.path,
           .message = found.message});
    }
  }

  // A problem of the folder may come back as a warning of the plan.
  void add(Finding finding) {
    auto& list = finding.severity == Severity::kNote ? diagnosis_.notes : diagnosis_.findings;
    const auto is_same = [&](const Finding& other) {
      return other.code == finding.code && other.message == finding.message && other.path == finding.path &&
             (other.file == finding.file || finding.file.empty());
    };
    if (std::ranges::none_of(list, is_same)) list.push_back(std::move(finding));
  }

  os::World& world_;
  os::FileSystem& files_;
  hub::Client& client_;
  const PublishOptions& options_;
  run::RunFacts run_{};
  Diagnosis diagnosis_{};
};

}  // namespace

Result<Diagnosis> examine(os::World& world, os::FileSystem& files, hub::Client& client,
                          const PublishOptions& options) {
  SLIPWAY_TRY(require_folder(files, options.run, "give the model's"));
  return Examination(world, files, client, options).run();
}

Result<Cure> cure(os::World& world, hub::Client& client, const PublishOptions& options, Observer& observer) {
  PublishOptions in_place = options;
  in_place.push = false;
  in_place.out.reset();
  Cure cure;
  SLIPWAY_ASSIGN(cure.done, publish(world, client, in_place, observer));
  SLIPWAY_ASSIGN(cure.remaining, examine(world, world.files, client, options));
  return cure;
}

}  // namespace slipway::flow
