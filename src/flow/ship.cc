#include "flow/ship.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "flow/hub_limits.h"
#include "flow/land.h"
#include "flow/upload_large.h"
#include "model/metadata.h"

namespace slipway::flow {
namespace {

constexpr std::size_t kSampleBytes = 512;
constexpr std::uint64_t kCardBytesMax = 1u << 20;

class Ship {
 public:
  Ship(os::World& world, hub::Client& client, const Shipment& shipment, const RemoteState& remote,
       Observer& observer)
      : world_(world), client_(client), shipment_(shipment), remote_(remote), observer_(observer) {}

  Result<Shipped> run() {
    if (shipment_.create_pr && shipment_.revision != kDefaultBranch) {
      return fail(ErrorCode::kInvalidArgument, "a pull request is made against main: leave --revision out");
    }
    const std::vector<std::string> changed = changed_paths(remote_.files, shipment_.digests);
    count_already_there(changed);
    if (changed.empty() && shipment_.deleted.empty() && remote_.branch_exists) {
      shipped_.commit = remote_.head;
      shipped_.url = client_.commit_url(shipment_.repo, remote_.head);
      return shipped_;
    }
    SLIPWAY_ASSIGN(const auto advice, check_hub_limits(shipment_.files));
    for (const std::string& text : advice) observer_.event(text);
    SLIPWAY_TRY(validate_card(changed));
    SLIPWAY_TRY(make_repository());
    SLIPWAY_ASSIGN(const Batch cargo, sort_cargo(changed));
    SLIPWAY_TRY(send_large(cargo));
    SLIPWAY_TRY(land_cargo(cargo));
    SLIPWAY_TRY(confirm());
    return shipped_;
  }

 private:
  void count_already_there(const std::vector<std::string>& changed) {
    for (const release::PlannedFile& file : shipment_.files) {
      if (!std::ranges::binary_search(changed, file.path)) shipped_.already_there_bytes += file.size;
    }
  }

  // The Hub would refuse the whole commit for the card in it: it is asked before anything is sent.
  Result<void> validate_card(const std::vector<std::string>& changed) {
    const auto card = std::ranges::find(shipment_.files, model::kReadmeName, &release::PlannedFile::path);
    const bool sends = card != shipment_.files.end() && std::ranges::binary_search(changed, card->path);
    if (!sends || card->size > kCardBytesMax) return {};
    SLIPWAY_ASSIGN(const std::string text, read_all(*card->content, kCardBytesMax));
    const auto warnings = client_.validate_card(text);
    if (!warnings && warnings.error().http_status == 404) return {};  // a Hub without that check
    if (!warnings) return std::unexpected(warnings.error());
    for (const std::string& warning : *warnings)
      observer_.event(fmt::format("the Hub on README.md: {}", warning));
    return {};
  }

  Result<void> make_repository() {
    if (!remote_.repo_exists) {
      SLIPWAY_ASSIGN(const bool made,
                     client_.create_repo(shipment_.repo, shipment_.make_private.value_or(true)));
      if (made) observer_.event(fmt::format("created {}", shipment_.repo.full()));
    }
    head_ = remote_.head;
    if (head_.empty()) {
      SLIPWAY_ASSIGN(head_, head_of(client_, shipment_.repo, kDefaultBranch));
    }
    if (!remote_.branch_exists && shipment_.revision != kDefaultBranch) {
      SLIPWAY_TRY(client_.create_branch(shipment_.repo, shipment_.revision));
      SLIPWAY_ASSIGN(head_, head_of(client_, shipment_.repo, shipment_.revision));
    }
    return {};
  }

  Result<Batch> sort_cargo(const std::vector<std::string>& changed) {
    std::vector<const release::PlannedFile*> files;
    std::vector<hub::wire::PreuploadFile> asked;
    for (const release::PlannedFile& file : shipment_.files) {
      if (!std::ranges::binary_search(changed, file.path)) continue;
      std::string sample(std::min<std::uint64_t>(kSampleBytes, file.size), '\0');
      SLIPWAY_TRY(file.content->read(0, {reinterpret_cast<std::byte*>(sample.data()), sample.size()}));
      files.push_back(&file);
      asked.push_back({.path = file.path, .sample = std::move(sample), .size = file.size});
    }
    SLIPWAY_ASSIGN(const auto answers, client_.preupload(shipment_.repo, shipment_.revision, asked,
                                                         {.create_pr = shipment_.create_pr}));
    Batch cargo{.deleted = shipment_.deleted};
    for (std::size_t i = 0; i < files.size(); ++i) {
      SLIPWAY_TRY(refuse_ignored(answers[i]));
      const bool large = answers[i].mode == hub::wire::UploadMode::kLfs && files[i]->size > 0;
      (large ? cargo.large : cargo.regular).push_back(files[i]);
    }
    return cargo;
  }

  Result<void> refuse_ignored(const hub::wire::PreuploadAnswer& answer) const {
    if (!answer.should_ignore) return {};
    return fail(ErrorCode::kRefused,
                fmt::format("the .gitignore of {} excludes {}; change it there, or leave the file "
                            "out with --exclude",
                            shipment_.repo.full(), answer.path));
  }

  Result<void> send_large(const Batch& cargo) {
    std::vector<hub::UploadItem> items;
    for (const release::PlannedFile* file : cargo.large) {
      items.push_back(
          {.path = file->path, .content = file->content, .sha256 = shipment_.digests.at(file->path).sha256});
    }
    SLIPWAY_ASSIGN(const LargeUploads done, upload_large(world_, client_, shipment_.repo, shipment_.revision,
                                                         items, shipment_.jobs, observer_));
    shipped_.sent_bytes += done.sent_bytes;
    shipped_.already_there_bytes += done.already_there_bytes;
    return {};
  }

  Result<void> land_cargo(const Batch& cargo) {
    const std::string plan = identify();
    Landing landing{.repo = shipment_.repo,
                    .revision = shipment_.revision,
                    .head = head_,
                    .head_files = head_ == remote_.head ? &remote_.files : nullptr,
                    .message = shipment_.message,
                    .plan = plan,
                    .all = cargo,
                    .digests = shipment_.digests,
                    .create_pr = shipment_.create_pr,
                    .allow_several = shipment_.allow_several,
                    .limits = shipment_.limits};
    if (shipment_.manifest != Shipment::ManifestWrite::kNone) landing.manifest = manifest(plan);
    SLIPWAY_ASSIGN(const Landed landed, land(world_, client_, landing, observer_));
    shipped_.commit = landed.commit;
    shipped_.url = landed.url;
    shipped_.changed = landed.changed;
    shipped_.pull_request = landed.pull_request;
    shipped_.sent_bytes += landed.sent_bytes;
    return {};
  }

  std::string identify() const {
    std::map<std::string, std::string> sha256_of;
    for (const auto& [path, digests] : shipment_.digests) sha256_of[path] = digests.sha256;
    return release::plan_id(shipment_.repo.full(), shipment_.revision, sha256_of, shipment_.deleted);
  }

  hub::wire::CommitFile manifest(const std::string& plan) const {
    release::Manifest manifest{.plan = plan,
                               .commit = head_,
                               .card_own_sha256 = shipment_.card_own_sha256,
                               .card_merged = shipment_.card_merged};
    const bool renews = shipment_.manifest == Shipment::ManifestWrite::kRenew && remote_.manifest;
    if (renews) {
      manifest.files = remote_.manifest->files;
      manifest.card_own_sha256 = remote_.manifest->card_own_sha256;
      manifest.card_merged = remote_.manifest->card_merged || brings_another_card();
    }
    for (const auto& [path, digests] : shipment_.digests) {
      if (!renews || manifest.files.contains(path)) manifest.files[path] = digests;
    }
    for (const std::string& path : shipment_.deleted) manifest.files.erase(path);
    return {.path = std::string(release::kManifestName), .content = release::print_manifest(manifest)};
  }

  // A push of somebody's own card: its words are not the run's.
  bool brings_another_card() const {
    const std::string path(model::kReadmeName);
    const auto ours = shipment_.digests.find(path);
    const auto then = remote_.manifest->files.find(path);
    return ours != shipment_.digests.end() && then != remote_.manifest->files.end() &&
           ours->second.sha256 != then->second.sha256;
  }

  // What the server derived must be what we meant; what we declared proves nothing.
  Result<void> confirm() {
    observer_.phase("Confirming", 0);
    SLIPWAY_ASSIGN(const auto tree, client_.tree(shipment_.repo, shipped_.commit));
    std::set<std::string_view> there;
    for (const hub::RemoteFile& file : tree) there.insert(file.path);
    const auto wrong = changed_paths(tree, shipment_.digests);
    if (!wrong.empty()) {
      return fail(ErrorCode::kCorruptData,
                  fmt::format("{} at {} does not hold what was sent: {}; publish again",
                              shipment_.repo.full(), shipped_.commit, wrong.front()));
    }
    for (const std::string& path : shipment_.deleted) {
      if (!there.contains(path)) continue;
      return fail(ErrorCode::kCorruptData, fmt::format("{} at {} still holds {}; publish again",
                                                       shipment_.repo.full(), shipped_.commit, path));
    }
    return {};
  }

  os::World& world_;
  hub::Client& client_;
  const Shipment& shipment_;
  const RemoteState& remote_;
  Observer& observer_;
  std::string head_{};
  Shipped shipped_{};
};

}  // namespace

Result<Shipped> ship(os::World& world, hub::Client& client, const Shipment& shipment,
                     const RemoteState& remote, Observer& observer) {
  SLIPWAY_ASSIGN_WITHIN(Shipped shipped, fmt::format("push {}", shipment.repo.full()),
                        Ship(world, client, shipment, remote, observer).run());
  return shipped;
}

}  // namespace slipway::flow
