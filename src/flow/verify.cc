#include "flow/verify.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "base/encoding.h"
#include "flow/digest_pass.h"
#include "flow/picked_run.h"
#include "flow/state_folder.h"
#include "os/path.h"
#include "release/assembly.h"
#include "release/layer_check.h"
#include "run/walk.h"
#include "slipway/content.h"
#include "tensor/finite.h"

namespace slipway::flow {
namespace {

using model::Severity;

constexpr std::size_t kSha256HexLength = 64;
constexpr std::size_t kSha1HexLength = 40;
constexpr std::uint64_t kTensorPieceBytes = 4u << 20;

class Verification {
 public:
  Verification(os::World& world, os::FileSystem& files, hub::Client& client, const PublishOptions& options,
               std::map<std::string, ExpectedHash> expected, Observer& observer)
      : world_(world),
        files_(files),
        client_(client),
        given_(options),
        expected_(std::move(expected)),
        observer_(observer) {}

  Result<Verdict> run() {
    const os::Millis start = world_.clock.steady();
    SLIPWAY_ASSIGN(PickedRun picked, pick_run(world_, files_, given_, "give the model's"));
    options_ = std::move(picked.options);
    run_ = std::move(picked.run);
    SLIPWAY_ASSIGN(Diagnosis diagnosis, examine(world_, files_, client_, options_, run_));
    verdict_.findings = std::move(diagnosis.findings);
    verdict_.notes = std::move(diagnosis.notes);
    look_at_layers();
    SLIPWAY_TRY(read_manifest());
    expect_cache_names();
    SLIPWAY_TRY(read_files());
    std::ranges::stable_sort(verdict_.findings, {}, &Finding::severity);
    verdict_.seconds = std::chrono::duration<double>(world_.clock.steady() - start).count();
    return std::move(verdict_);
  }

 private:
  // People write on a card after it was published: that is no damage.
  void add(Finding finding) {
    const bool edited_card = finding.code == "hash-differs" && finding.file == model::kReadmeName;
    finding.severity = edited_card ? Severity::kWarning : model::severity_of(finding.code);
    verdict_.findings.push_back(std::move(finding));
  }

  void look_at_layers() {
    if (!run_.weights) return;
    for (release::OddTensor& odd : release::odd_tensors_of(run_, run_.weights->source->catalogue())) {
      add({.code = "layer-odd",
           .file = std::move(odd.file),
           .path = std::move(odd.name),
           .message = std::move(odd.message)});
    }
  }

  Result<void> read_manifest() {
    const os::Path path = os::join(options_.run, release::kManifestName);
    const auto text = os::read_file(files_, path, release::kManifestBytesMax);
    if (!text && text.error().code == ErrorCode::kNotFound) return {};
    if (!text && text.error().code != ErrorCode::kRefused) return std::unexpected(text.error());
    const auto manifest =
        text ? release::parse_manifest(*text) : Result<release::Manifest>(std::unexpected(text.error()));
    if (!manifest) {
      add({.code = "manifest-unread",
           .file = std::string(release::kManifestName),
           .message = describe(manifest.error())});
      return {};
    }
    for (const auto& [name, digests] : manifest->files) {
      expected_[name] = {digests.sha256, std::string(release::kManifestName)};
      if (find_file(name) == nullptr) {
        add({.code = "file-missing",
             .file = name,
             .message = fmt::format("{} lists {}, which is not there; fetch it again", release::kManifestName,
                                    name)});
      }
    }
    return {};
  }

  const run::RunFile* find_file(const std::string& path) const {
    const auto at = std::ranges::find(run_.files, path, &run::RunFile::path);
    return at == run_.files.end() ? nullptr : &*at;
  }

  // In a Hub cache a file is a link to a blob that is named by its digest.
  void expect_cache_names() {
    for (const run::RunFile& file : run_.files) {
      if (!file.link || file.leaves_run || expected_.contains(file.path)) continue;
      const auto target = files_.real_path(os::join(options_.run, file.path));
      if (!target || !run::is_cache_blob(*target)) continue;
      const std::string name = os::base_name(*target);
      if (is_hex(name) && (name.size() == kSha256HexLength || name.size() == kSha1HexLength))
        expected_[file.path] = {name, "its name in the cache"};
    }
  }

  bool is_weights(const run::RunFile& file) const {
    return run_.weights &&
           std::ranges::find(run_.weights->set.files, file.path) != run_.weights->set.files.end();
  }

  Result<void> read_files() {
    std::vector<release::PlannedFile> known;
    std::vector<release::PlannedFile> unknown;
    const bool in_ranges = run_.format == "safetensors";
    for (const run::RunFile& file : run_.files) {
      if (file.leaves_run) continue;
      if (expected_.contains(file.path))
        known.push_back(release::untouched(files_, options_.run, file));
      else if (in_ranges && is_weights(file))
        unknown.push_back(release::untouched(files_, options_.run, file));
    }
    verdict_.hashed = known.size();
    SLIPWAY_TRY(read_through(known, /*hash=*/true));
    SLIPWAY_TRY(read_through(unknown, /*hash=*/false));
    if (!run_.weights || in_ranges) return {};
    return read_tensors();
  }

  // Tensors that lie in strides, or in parts over files, are looked through one by one.
  Result<void> read_tensors() {
    SLIPWAY_TRY(read_source(*run_.weights->source));
    if (run_.weights->masters) SLIPWAY_TRY(read_source(*run_.weights->masters));
    for (const std::string& file : run_.weights->set.files)
      if (!expected_.contains(file)) verdict_.files.push_back(file);  // else it was read for its digest too
    return {};
  }

  Result<void> read_source(const tensor::TensorSource& source) {
    std::uint64_t bytes = 0;
    for (const tensor::TensorInfo& info : source.catalogue()) bytes += info.size_bytes;
    observer_.phase("Reading", bytes);
    SLIPWAY_ASSIGN(const auto found, tensor::find_non_finite(source, kTensorPieceBytes));
    for (const tensor::NonFinite& one : found)
      report_not_finite(one.file, fmt::format("{} ({} NaN, {} infinite)", one.tensor, one.nan, one.inf));
    verdict_.bytes += bytes;
    return {};
  }

  Result<void> read_through(const std::vector<release::PlannedFile>& files, bool hash) {
    if (files.empty()) return {};
    const DigestOptions how{.report_only = true, .hash = hash, .jobs = options_.jobs};
    SLIPWAY_ASSIGN(const auto digests, digest_release(world_, run_, files, how, observer_));
    for (const auto& [path, digest] : digests) {
      verdict_.files.push_back(path);
      verdict_.bytes += digest.read_bytes;
      if (hash) compare(path, digest.digests);
      for (const std::string& tensor : digest.not_finite) report_not_finite(path, tensor);
    }
    return {};
  }

  void report_not_finite(const std::string& file, const std::string& tensor) {
    add({.code = "weights-not-finite",
         .file = file,
         .path = tensor.substr(0, tensor.find(' ')),
         .message = fmt::format("{} is not finite; take an earlier checkpoint", tensor)});
  }

  void compare(const std::string& path, const Digests& digests) {
    const ExpectedHash& expected = expected_.at(path);
    const std::string& found =
        expected.hash.size() == kSha1HexLength ? digests.git_blob_sha1 : digests.sha256;
    if (found.empty() || found == expected.hash) return;
    add({.code = "hash-differs",
         .file = path,
         .message =
             fmt::format("{} is not what was published: its digest is {}, and {} says {}; fetch it again",
                         path, found, expected.source, expected.hash)});
  }

  os::World& world_;
  os::FileSystem& files_;
  hub::Client& client_;
  const PublishOptions& given_;
  PublishOptions options_{};  // for the folder that was picked
  std::map<std::string, ExpectedHash> expected_;
  Observer& observer_;
  run::RunFacts run_{};
  Verdict verdict_{};
};

}  // namespace

bool Verdict::good() const {
  return std::ranges::none_of(findings, [](const Finding& one) { return one.severity == Severity::kError; });
}

std::map<std::string, ExpectedHash> hashes_of_tree(const hub::RemoteFolder& folder) {
  std::map<std::string, ExpectedHash> hashes;
  for (const auto& [path, file] : folder.tree())
    hashes[path] = {file.sha256.value_or(file.git_oid), fmt::format("commit {}", folder.commit())};
  return hashes;
}

Result<Verdict> verify(os::World& world, os::FileSystem& files, hub::Client& client,
                       const PublishOptions& options, std::map<std::string, ExpectedHash> expected,
                       Observer& observer) {
  return Verification(world, files, client, options, std::move(expected), observer).run();
}

}  // namespace slipway::flow
