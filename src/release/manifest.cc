#include <fmt/format.h>

#include "base/encoding.h"
#include "os/path.h"
#include "release/release.h"
#include "slipway/json.h"

namespace slipway::release {
namespace {

constexpr std::int64_t kManifestVersion = 1;

std::string text_member(const json::Value& root, std::string_view key) {
  const json::Value* value = root.find(key);
  return value == nullptr ? std::string() : value->string();
}

constexpr std::size_t kSha256Digits = 64;
constexpr std::size_t kGitDigits = 40;

// Of one member of the manifest: path by path a digest in hex.
Result<void> read_digests(const json::Value& of, std::size_t digits, std::string Digests::* member,
                          std::map<std::string, Digests>& files) {
  for (const auto& [path, digest] : of.members()) {
    if (!os::is_plain_relative(path) || digest.string().size() != digits || !is_hex(digest.string())) {
      return fail(ErrorCode::kCorruptData,
                  fmt::format("{} lists '{}' without a digest", kManifestName, path));
    }
    files[path].*member = digest.string();
  }
  return {};
}

}  // namespace

std::string print_manifest(const Manifest& manifest) {
  json::Value files = json::Value::object();
  json::Value git = json::Value::object();
  for (const auto& [path, digests] : manifest.files) {
    files.set(path, digests.sha256);
    if (!digests.git_blob_sha1.empty()) git.set(path, digests.git_blob_sha1);
  }
  json::Value root = json::Value::object();
  root.set("version", kManifestVersion);
  root.set("plan", manifest.plan);
  root.set("parent", manifest.commit);
  root.set("files", std::move(files));
  root.set("git", std::move(git));
  if (!manifest.card_own_sha256.empty()) {
    root.set("card",
             json::Value::object({{"own", manifest.card_own_sha256}, {"merged", manifest.card_merged}}));
  }
  return json::print(root, {.ascii = false});
}

Result<Manifest> parse_manifest(std::string_view text) {
  SLIPWAY_ASSIGN_WITHIN(const json::Value root, std::string(kManifestName),
                        json::parse(text, {.bytes_max = kManifestBytesMax}));
  const json::Value* version = root.find("version");
  if (version == nullptr || !version->as_int()) {
    return fail(ErrorCode::kCorruptData, fmt::format("{} has no version", kManifestName));
  }
  if (*version->as_int() > kManifestVersion) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("{} was written by a newer Slipway (format {}); use that one", kManifestName,
                            *version->as_int()));
  }
  Manifest manifest{.plan = text_member(root, "plan"), .commit = text_member(root, "parent")};
  if (const json::Value* card = root.find("card"); card != nullptr && card->is_object()) {
    const json::Value* merged = card->find("merged");
    manifest.card_own_sha256 = text_member(*card, "own");
    manifest.card_merged = merged != nullptr && merged->as_bool().value_or(false);
  }
  const json::Value* files = root.find("files");
  if (files == nullptr || !files->is_object()) {
    return fail(ErrorCode::kCorruptData, fmt::format("{} lists no files", kManifestName));
  }
  SLIPWAY_TRY(read_digests(*files, kSha256Digits, &Digests::sha256, manifest.files));
  if (const json::Value* git = root.find("git"); git != nullptr && git->is_object())
    SLIPWAY_TRY(read_digests(*git, kGitDigits, &Digests::git_blob_sha1, manifest.files));
  std::erase_if(manifest.files, [](const auto& row) { return row.second.sha256.empty(); });
  return manifest;
}

}  // namespace slipway::release
