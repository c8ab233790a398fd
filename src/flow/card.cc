#include "flow/card.h"

#include <algorithm>

#include <fmt/format.h>

#include "flow/in_place.h"
#include "flow/picked_run.h"
#include "flow/provenance.h"
#include "flow/release_options.h"
#include "flow/state_folder.h"
#include "flow/weight_wish.h"
#include "flow/wish.h"
#include "os/path.h"
#include "run/weights.h"
#include "text/lines.h"

namespace slipway::flow {
namespace {

constexpr std::string_view kWayOut = "give the one with the card";
constexpr std::uint64_t kCardBytesMax = 1u << 20;

// Only its own kind of change is completed here: the rest of a publish is publish's.
Result<void> finish_own_intent(InPlace& in_place, const Journal& journal, const os::Path& run,
                               CardResult& result) {
  SLIPWAY_ASSIGN(const Ledger ledger, fold(journal.records()));
  if (!ledger.open_intent) return {};
  if (!std::ranges::all_of(ledger.open_intent->edits, model::is_card, &StagedEdit::path)) {
    return fail(
        ErrorCode::kRefused,
        fmt::format("a publish of {} was interrupted while it changed files; run it again, or take it "
                    "back with `slipway undo {}`, then write the card",
                    run, run));
  }
  SLIPWAY_ASSIGN(result.fixes, in_place.finish_intent());
  result.changed = !result.fixes.empty();
  return {};
}

Result<release::Plan> plan_card(os::World& world, hub::Client& client, const PickedRun& picked,
                                std::vector<model::Warning>& warnings) {
  const auto& [options, run] = picked;
  SLIPWAY_ASSIGN(const std::string repo, known_target(options, run));
  SLIPWAY_ASSIGN(const Provenance from, find_provenance(world, client, run, options, /*ask_hub=*/false));
  for (const std::string& text : options.recipe.notes) warnings.push_back({"recipe", text});
  std::ranges::copy(from.warnings, std::back_inserter(warnings));
  release::Options wanted = release_options(options, repo, from);
  if (run::foreign_weights(run)) {  // they are never written in place
    SLIPWAY_ASSIGN(wanted.weights, decide_weights_elsewhere(run, options));
  }
  SLIPWAY_ASSIGN(release::Plan plan, release::make_plan(world.files, run, from.base, wanted));
  std::ranges::copy(plan.warnings, std::back_inserter(warnings));
  return plan;
}

Result<void> write_planned_card(InPlace& in_place, const release::Plan& plan, CardResult& result) {
  std::vector<Edit> edits;
  for (const release::PlannedFile& file : plan.files) {
    if (model::is_card(file.path) && file.text) edits.push_back({file.path, *file.text});
  }
  // The picture first: a card never shows one that is not there.
  std::ranges::partition(edits, [](const Edit& edit) { return edit.path == model::kLossCurveName; });
  std::vector<model::Fix> fixes;
  std::ranges::copy_if(plan.fixes, std::back_inserter(fixes), model::is_card, &model::Fix::file);
  SLIPWAY_TRY(in_place.apply(edits, fixes));
  result.changed = result.changed || !edits.empty();
  std::ranges::move(fixes, std::back_inserter(result.fixes));
  return {};
}

// The first line of `before` that is another in `after`, or behind its end.
int first_change(std::string_view before, std::string_view after) {
  const auto theirs = text::lines_of(before);
  const auto [mine, other] = std::ranges::mismatch(theirs, text::lines_of(after));
  return static_cast<int>(mine - theirs.begin()) + 1;
}

std::vector<Stale> stale_files(os::FileSystem& files, const os::Path& folder, const release::Plan& plan) {
  std::vector<Stale> stale;
  for (const model::Fix& fix : plan.fixes) {
    if (!model::is_card(fix.file)) continue;
    Stale one{.fix = fix};
    const auto before = os::read_file(files, os::join(folder, fix.file), kCardBytesMax);
    const auto after = std::ranges::find(plan.files, fix.file, &release::PlannedFile::path);
    if (before && after != plan.files.end() && after->text) one.line = first_change(*before, *after->text);
    stale.push_back(std::move(one));
  }
  return stale;
}

// Of a checkpoint that stands for its run the card is its own, else the run's.
Result<os::Path> folder_of_card(os::FileSystem& files, const PickedRun& picked, const os::Path& given) {
  SLIPWAY_ASSIGN(const bool own, os::exists(files, os::join(picked.run.folder, model::kReadmeName)));
  return own ? picked.run.folder : given;
}

}  // namespace

Result<CardResult> renew_card(os::World& world, hub::Client& client, const PublishOptions& given) {
  SLIPWAY_ASSIGN(const PickedRun picked, pick_run(world, world.files, given, kWayOut));
  const PublishOptions& options = picked.options;
  SLIPWAY_ASSIGN(const StateFolder state, StateFolder::open(world, options.run));
  if (!state.paths().inside_run) {
    return fail(ErrorCode::kRefused,
                fmt::format("{} cannot be written, so its card stays as it is; make it writable, or "
                            "`slipway publish {} --out DIR`",
                            options.run, options.run));
  }
  SLIPWAY_ASSIGN(Journal journal, Journal::open(world.files, state.paths().journal()));
  InPlace in_place(world.files, options.run, state.paths(), journal);
  CardResult result;
  SLIPWAY_TRY(finish_own_intent(in_place, journal, options.run, result));
  SLIPWAY_ASSIGN(const release::Plan plan, plan_card(world, client, picked, result.warnings));
  SLIPWAY_TRY(write_planned_card(in_place, plan, result));
  return result;
}

Result<CardCheck> check_card(os::World& world, hub::Client& client, const PublishOptions& options) {
  const os::Path& given = options.run;
  SLIPWAY_ASSIGN(const os::FileStat stat, world.files.stat(given));
  const bool is_folder = stat.kind == os::FileKind::kDirectory;
  PickedRun picked;
  os::Path folder = given;
  if (is_folder) {
    SLIPWAY_ASSIGN(picked, pick_run(world, world.files, options, kWayOut));
    SLIPWAY_ASSIGN(folder, folder_of_card(world.files, picked, given));
  }
  const os::Path path = is_folder ? os::join(folder, model::kReadmeName) : given;
  auto text = os::read_file(world.files, path, kCardBytesMax);
  if (!text && text.error().code == ErrorCode::kNotFound) {
    return fail(ErrorCode::kNotFound,
                fmt::format("{} is not there; `slipway card {}` writes it", path, given));
  }
  if (!text) return std::unexpected(std::move(text).error());
  CardCheck check{.file = os::base_name(path), .findings = card::validate_card(*text)};
  if (!is_folder || card::is_persons_own(*text)) return check;
  std::vector<model::Warning> warnings;  // of the run, not of the card
  const auto plan = plan_card(world, client, picked, warnings);
  if (plan)
    check.stale = stale_files(world.files, folder, *plan);
  else
    check.not_compared = describe(plan.error());
  return check;
}

}  // namespace slipway::flow
