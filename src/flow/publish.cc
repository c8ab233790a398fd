#include "flow/publish.h"

#include <algorithm>

#include <fmt/format.h>

#include "flow/dequantise.h"
#include "flow/digest_pass.h"
#include "flow/finite_scan.h"
#include "flow/frozen_tensors.h"
#include "flow/in_place.h"
#include "flow/merge_report.h"
#include "flow/merged_run.h"
#include "flow/out_folder.h"
#include "flow/picked_run.h"
#include "flow/provenance.h"
#include "flow/release_options.h"
#include "flow/remote.h"
#include "flow/remote_card.h"
#include "flow/replans.h"
#include "flow/restack.h"
#include "flow/state_folder.h"
#include "flow/unchanged_tensors.h"
#include "flow/weight_wish.h"
#include "flow/wish.h"
#include "os/path.h"
#include "run/borrow.h"
#include "run/pick.h"

namespace slipway::flow {
namespace {

class Publication {
 public:
  Publication(os::World& world, hub::Client& client, const PublishOptions& options, Observer& observer)
      : world_(world), client_(client), options_(options), observer_(observer) {}

  Result<PublishResult> run() {
    const os::Millis start = world_.clock.steady();
    if (!options_.dry_run) SLIPWAY_TRY(open_state());
    SLIPWAY_TRY(plan());
    if (options_.out && !options_.dry_run) {
      SLIPWAY_TRY(write_elsewhere());
    } else {
      SLIPWAY_TRY(digest());
      if (!options_.dry_run && !options_.stream) SLIPWAY_TRY(write_in_place());
    }
    describe_files();
    if (merged_) result_.merged = report_merge(*merged_, result_.warnings);
    if (wish_.push) SLIPWAY_TRY(push());
    result_.seconds = std::chrono::duration<double>(world_.clock.steady() - start).count();
    return std::move(result_);
  }

 private:
  Result<void> open_state() {
    SLIPWAY_ASSIGN(state_, StateFolder::open(world_, options_.run));
    SLIPWAY_ASSIGN(journal_, Journal::open(world_.files, state_->paths().journal()));
    if (!state_->paths().inside_run) {
      result_.warnings.push_back(
          {"run-read-only", fmt::format("{} cannot be written: its files stay as they are, fixes "
                                        "are only published",
                                        options_.run)});
      return {};
    }
    InPlace in_place(world_.files, options_.run, state_->paths(), *journal_);
    SLIPWAY_ASSIGN(recovered_, in_place.finish_intent());
    if (!recovered_.empty()) observer_.event("completed the changes that an interrupted run had begun");
    return {};
  }

  Result<void> plan() {
    const os::Path& given = options_.around.empty() ? options_.run : options_.around;
    SLIPWAY_ASSIGN(run_, run::inspect_picked(world_.files, given, options_.followed_links));
    if (run_.folder != options_.run)
      return fail(ErrorCode::kChanged, fmt::format("{} changed while it was looked at; run again", given));
    found_files_ = run_.files;
    if (run_.weights) sources_ = run_.weights->set.files;
    SLIPWAY_TRY(dequantise_where_asked(options_, run_));
    SLIPWAY_ASSIGN(wish_, decide_wish(client_, options_, run_));
    if (options_.stream) SLIPWAY_TRY(check_stream());
    const bool ask_hub = wish_.push && !options_.offline;
    SLIPWAY_ASSIGN(const Provenance from, find_provenance(world_, client_, run_, options_, ask_hub));
    if (from.base) SLIPWAY_TRY(run::borrow_from_base(world_.files, *from.base, run_));
    SLIPWAY_ASSIGN(const std::string target, wish_.repo ? wish_.repo->full() : known_target(options_, run_));
    release::Options wanted = release_options(options_, target, from);
    wanted.pushing = wish_.push;
    const FrozenBase frozen{.weights = from.base_weights, .far = from.remote_base != nullptr};
    SLIPWAY_TRY(leave_frozen_out(run_, frozen, result_.warnings));
    if (options_.merge) SLIPWAY_TRY(merge(from, wanted));
    SLIPWAY_TRY(restack_where_asked(options_, run_));
    SLIPWAY_ASSIGN(wanted.weights, decide_weights(run_, options_));
    SLIPWAY_ASSIGN(wanted.unchanged_tensors, find_unchanged_tensors(run_, from.base_weights));
    SLIPWAY_ASSIGN(plan_, release::make_plan(world_.files, run_, from.base, wanted));
    describe_plan(from);
    return {};
  }

  Result<void> check_stream() const {
    if (!wish_.push)
      return fail(
          ErrorCode::kInvalidArgument,
          "--stream writes nothing here, and nothing is to be sent: give --to OWNER/NAME, or --out DIR");
    if (!options_.offline) return {};
    return fail(ErrorCode::kOffline,
                "HF_HUB_OFFLINE is set, and --stream only sends; unset it, or give --out DIR");
  }

  // From here on the run is the model that the merge gives.
  Result<void> merge(const Provenance& from, release::Options& wanted) {
    SLIPWAY_ASSIGN(merged_, merge_run(world_, run_, from, wanted, options_.merge_onto_4bit));
    wanted.merged = merged_->into;
    run_ = merged_->facts;
    return {};
  }

  void describe_plan(const Provenance& from) {
    result_.dry_run = options_.dry_run;
    result_.repo = wish_.repo ? wish_.repo->full() : "";
    result_.revision = wish_.push ? wish_.revision : "";
    result_.fixes = recovered_;
    std::ranges::copy(plan_.fixes, std::back_inserter(result_.fixes));
    for (const std::string& text : options_.recipe.notes) result_.warnings.push_back({"recipe", text});
    if (is_push_forgotten(options_, run_)) {
      result_.warnings.push_back(
          {"push-was-wanted",
           "training_args.bin says that the run was to be pushed; nothing is sent unless "
           "--push, --to or a recipe asks for it"});
    }
    std::ranges::copy(from.warnings, std::back_inserter(result_.warnings));
    std::ranges::copy(plan_.warnings, std::back_inserter(result_.warnings));
    result_.left_out = plan_.left_out;
    result_.stops = plan_.stops;
    result_.engines = plan_.engines;
  }

  Result<void> digest() {
    const DigestOptions how{.allow_nan = options_.allow_nan,
                            .allowed_secrets = options_.allowed_secrets,
                            .jobs = options_.jobs,
                            .journal = journal_ ? &*journal_ : nullptr};
    if (options_.stream) tell_of_two_passes();
    auto digests = digest_release(world_, run_, plan_.files, how, observer_);
    if (!digests && digests.error().code == ErrorCode::kCorruptData) SLIPWAY_TRY(refuse_overflow(plan_));
    SLIPWAY_ASSIGN(digests_, std::move(digests));
    return merged_ ? refuse_unchanged(*merged_->source) : Result<void>();
  }

  void tell_of_two_passes() {
    const bool makes_large = std::ranges::any_of(plan_.files, [](const release::PlannedFile& file) {
      return file.origin != release::Origin::kRun && !file.tensors.empty();
    });
    if (makes_large)
      observer_.event(
          "LFS wants each file's SHA-256 first: weights are made twice, to digest and to send them");
  }

  void describe_files() {
    for (const release::PlannedFile& file : plan_.files) {
      const FileDigest& digest = digests_.at(file.path);
      result_.files.push_back({file.path, file.size, digest.digests.sha256, file.origin});
      result_.bytes.total += file.size;
      result_.bytes.read += digest.read_bytes;
    }
  }

  // Then the disk is what is waited for, and files beside each other only make each byte dearer.
  bool only_copies(bool digests) const {
    return !digests && !merged_ && !run_.dequantised && !options_.weights.dtype;
  }

  // Bytes that lie together already: reading them ahead gains nothing but the way from core to core.
  bool only_moves(bool digests) const { return only_copies(digests) && run_.format == "safetensors"; }

  Result<void> write_elsewhere() {
    std::optional<MergeFigures> figures;
    if (merged_) figures.emplace(*merged_);
    const bool digests = wish_.push || !options_.save;
    const OutOptions how{
        .folder = *options_.out,
        .digests = digests,
        .allow_nan = options_.allow_nan,
        .allowed_secrets = options_.allowed_secrets,
        .jobs = options_.writers.value_or(only_copies(digests) ? 1 : options_.jobs),
        .pace = only_moves(digests) ? Pace::kInTurn : Pace::kAhead,
        .facts = figures ? &*figures : nullptr,
        .accept = [this] { return merged_ ? refuse_unchanged(*merged_->source) : Result<void>(); }};
    SLIPWAY_ASSIGN(OutResult written, write_out(world_, run_, plan_, how, observer_));
    digests_ = std::move(written.digests);
    result_.changed = written.changed;
    return {};
  }

  Result<void> write_in_place() {
    if (!state_->paths().inside_run) return {};
    std::vector<Edit> edits;
    for (const release::PlannedFile& file : plan_.files) {
      if (file.text) edits.push_back({file.path, *file.text});
    }
    InPlace in_place(world_.files, options_.run, state_->paths(), *journal_);
    SLIPWAY_TRY(in_place.apply(edits, plan_.fixes));
    result_.changed = !edits.empty() || !recovered_.empty();
    return {};
  }

  Shipment shipment(const RemoteCard& card) const {
    Shipment shipment{.repo = *wish_.repo,
                      .revision = wish_.revision,
                      .files = plan_.files,
                      .message = options_.commit_message,
                      .make_private = wish_.make_private,
                      .card_own_sha256 = card.own_sha256,
                      .card_merged = card.merged,
                      .create_pr = options_.create_pr,
                      .allow_several = options_.allow_several,
                      .jobs = options_.jobs};
    for (const auto& [path, digest] : digests_) shipment.digests[path] = digest.digests;
    if (card.text) put_card(*card.text, shipment);
    return shipment;
  }

  static void put_card(const std::string& text, Shipment& shipment) {
    for (release::PlannedFile& file : shipment.files) {
      if (file.path != model::kReadmeName) continue;
      file.content = literal_content(text);
      file.size = text.size();
      shipment.digests[file.path] = digest_text(text);
    }
  }

  // The result names the card that is published.
  void show_card(const Shipment& shipped) {
    for (ReleasedFile& file : result_.files) {
      if (file.path != model::kReadmeName) continue;
      file.sha256 = shipped.digests.at(file.path).sha256;
      file.size = std::ranges::find(shipped.files, file.path, &release::PlannedFile::path)->size;
      file.origin = release::Origin::kMade;
    }
  }

  // What is sent as it lies in the run, or made of it while it is sent.
  bool is_sent(const run::RunFile& file) const {
    const auto* planned = find_planned(file.path);
    if (planned != nullptr && planned->origin == release::Origin::kRun) return true;
    return options_.stream && std::ranges::find(sources_, file.path) != sources_.end();
  }

  // The folder must still be what was looked at, or a trainer is writing while we publish.
  Result<void> check_unchanged() const {
    for (const run::RunFile& file : found_files_) {
      if (!is_sent(file)) continue;
      SLIPWAY_ASSIGN(const os::FileStat now, world_.files.stat(os::join(options_.run, file.path)));
      if (now.size_bytes == file.stat.size_bytes && now.mtime_ns == file.stat.mtime_ns) continue;
      return fail(ErrorCode::kChanged,
                  fmt::format("{} changed while it was being published; wait until training has "
                              "ended, then run again",
                              os::join(options_.run, file.path)));
    }
    return {};
  }

  const release::PlannedFile* find_planned(const std::string& path) const {
    const auto at = std::ranges::find(plan_.files, path, &release::PlannedFile::path);
    return at == plan_.files.end() ? nullptr : &*at;
  }

  Result<void> push() {
    if (options_.offline) {
      return fail(
          ErrorCode::kOffline,
          fmt::format(
              "{} is prepared, not pushed: HF_HUB_OFFLINE is set; unset it and run the same command again",
              options_.run));
    }
    return push_with_replans(options_.replan, observer_, result_, [this] { return push_once(); });
  }

  Result<void> push_once() {
    SLIPWAY_ASSIGN_WITHIN(const RemoteState remote, fmt::format("read {}", wish_.repo->full()),
                          read_remote(client_, *wish_.repo, wish_.revision));
    SLIPWAY_TRY(refuse_other_visibility(*wish_.repo, remote, wish_.make_private));
    release::Deletions deletions = release::remote_deletions(plan_, remote.files, remote.manifest);
    result_.deleted = std::move(deletions.paths);
    std::ranges::copy(remote.warnings, std::back_inserter(result_.warnings));
    std::ranges::move(deletions.warnings, std::back_inserter(result_.warnings));
    result_.commit = remote.head;
    SLIPWAY_ASSIGN(const RemoteCard card, meet_remote_card(client_, *wish_.repo, remote, plan_, digests_));
    Shipment wanted = shipment(card);
    wanted.deleted = result_.deleted;
    std::ranges::copy(card.warnings, std::back_inserter(result_.warnings));
    if (card.text) show_card(wanted);
    if (options_.dry_run) return {};
    SLIPWAY_TRY(check_unchanged());
    return ship_and_tell(world_, client_, wanted, remote, observer_, result_);
  }

  os::World& world_;
  hub::Client& client_;
  const PublishOptions& options_;
  Observer& observer_;
  std::optional<StateFolder> state_{};
  std::optional<Journal> journal_{};
  std::vector<model::Fix> recovered_{};
  run::RunFacts run_{};
  std::vector<run::RunFile> found_files_{};  // in the run's folder, before a merge
  std::vector<std::string> sources_{};       // of these, those that hold its weights
  std::optional<MergedRun> merged_{};
  Wish wish_{};
  release::Plan plan_{};
  std::map<std::string, FileDigest> digests_{};
  PublishResult result_{};
};

}  // namespace

Result<PublishResult> publish(os::World& world, hub::Client& client, const PublishOptions& options,
                              Observer& observer) {
  SLIPWAY_TRY(require_folder(world.files, options.run, "give the one that training wrote"));
  SLIPWAY_ASSIGN(const run::Picked picked, run::pick(world.files, options.run, options.followed_links));
  const PublishOptions of_picked = options_for(options, picked.folder);
  auto done = Publication(world, client, of_picked, observer).run();
  if (!done && picked.folder != options.run)
    for (const run::Problem& note : picked.notes) observer.event(note.message);
  return done;
}

}  // namespace slipway::flow
