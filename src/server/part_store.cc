#include "server/part_store.h"

#include <array>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "os/path.h"
#include "server/receive_body.h"

namespace slipway::server {
namespace {

constexpr std::int64_t kKeptMs = 24LL * 3600 * 1000;
constexpr std::size_t kWhoDigits = 16;
constexpr std::string_view kHalf = ".partial";

std::string part_name(std::uint64_t number, std::string_view tag) {
  return fmt::format("{:05}-{}", number, tag);
}

// The parts one after the other, as if they came over the wire.
class PartsReader : public os::BodyReader {
 public:
  PartsReader(os::FileSystem& files, std::vector<os::Path> paths) : files_(files), paths_(std::move(paths)) {}

  Result<std::size_t> read(MutableBytes out) override {
    while (true) {
      if (!file_) {
        if (next_ == paths_.size()) return std::size_t{0};
        SLIPWAY_ASSIGN(file_, files_.open_read(paths_[next_++]));
        at_ = 0;
      }
      SLIPWAY_ASSIGN(const std::size_t got, file_->read_at(at_, out));
      at_ += got;
      if (got > 0) return got;
      file_.reset();
    }
  }

 private:
  os::FileSystem& files_;
  std::vector<os::Path> paths_;
  std::size_t next_ = 0;
  std::unique_ptr<os::ReadFile> file_{};
  std::uint64_t at_ = 0;
};

// When something last came into a folder.
Result<std::int64_t> newest_ms(os::FileSystem& files, const os::Path& folder) {
  SLIPWAY_ASSIGN(const os::FileStat own, files.stat(folder));
  std::int64_t newest = own.mtime_ns;
  SLIPWAY_ASSIGN(const auto entries, files.list(folder));
  for (const os::DirEntry& entry : entries) {
    const auto stat = files.stat(os::join(folder, entry.name));
    if (stat) newest = std::max(newest, stat->mtime_ns);
  }
  return newest / 1'000'000;
}

}  // namespace

os::Path PartStore::folder_of(const PartPlan& plan) const {
  const std::string who = sha256_hex(as_bytes(plan.by)).substr(0, kWhoDigits);
  return fmt::format("{}/{}.{}.{}", root_, plan.oid, plan.part_size, who);
}

Result<void> PartStore::prepare() {
  SLIPWAY_TRY(os::make_dirs(world_.files, root_));
  SLIPWAY_ASSIGN(const auto folders, world_.files.list(root_));
  for (const os::DirEntry& folder : folders) {
    SLIPWAY_ASSIGN(const auto parts, world_.files.list(os::join(root_, folder.name)));
    for (const os::DirEntry& part : parts) {
      const os::Path path = os::join(os::join(root_, folder.name), part.name);
      if (part.name.ends_with(kHalf)) SLIPWAY_TRY(world_.files.remove(path));
    }
  }
  return remove_stale();
}

Result<void> PartStore::remove_stale() {
  SLIPWAY_ASSIGN(const auto folders, world_.files.list(root_));
  for (const os::DirEntry& folder : folders) {
    const os::Path path = os::join(root_, folder.name);
    const auto newest = newest_ms(world_.files, path);
    // A folder that went meanwhile belongs to an object that became whole.
    if (newest && world_.clock.unix_ms() - *newest > kKeptMs)
      SLIPWAY_TRY(os::remove_tree(world_.files, path));
  }
  return {};
}

Result<std::string> PartStore::receive(const PartPlan& plan, std::uint64_t number, os::BodyReader& body) {
  const os::Path folder = folder_of(plan);
  SLIPWAY_TRY(os::make_dirs(world_.files, folder));
  std::array<std::byte, 12> bytes{};
  world_.dice.fill(bytes);
  const os::Path temporary = fmt::format("{}/{}{}", folder, hex_encode(bytes), kHalf);
  SLIPWAY_ASSIGN(std::string tag, receive_body(world_.files, temporary, plan.size_of(number), body));
  const std::string name = part_name(number, tag);
  SLIPWAY_TRY(world_.files.rename(temporary, os::join(folder, name)));
  SLIPWAY_TRY(remove_others(folder, number, name));
  SLIPWAY_TRY(world_.files.sync_dir(folder));
  return tag;
}

Result<void> PartStore::remove_others(const os::Path& folder, std::uint64_t number, const std::string& kept) {
  SLIPWAY_ASSIGN(const auto parts, world_.files.list(folder));
  for (const os::DirEntry& part : parts) {
    if (!part.name.starts_with(part_name(number, "")) || part.name == kept) continue;
    const auto removed = world_.files.remove(os::join(folder, part.name));
    if (!removed && removed.error().code != ErrorCode::kNotFound) return removed;
  }
  return {};
}

Result<void> PartStore::complete(const PartPlan& plan, const std::vector<std::string>& tags, BlobStore& blobs,
                                 const std::function<Result<void>()>& kept) {
  if (tags.size() != plan.count()) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} parts are named, the object has {}", tags.size(), plan.count()));
  }
  const os::Path folder = folder_of(plan);
  std::vector<os::Path> paths;
  for (const std::string& tag : tags) {
    const std::uint64_t number = paths.size() + 1;
    const bool plain = tag.size() == 64 && is_hex(tag);
    paths.push_back(os::join(folder, part_name(number, plain ? tag : "")));
    SLIPWAY_ASSIGN(const bool there, os::exists(world_.files, paths.back()));
    if (!there) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("part {} was not sent, or was answered with another ETag", number));
    }
  }
  PartsReader reader(world_.files, std::move(paths));
  auto done = blobs.receive(plan.oid, plan.size, reader);
  if (done) SLIPWAY_TRY(kept());
  const bool wrong = !done && done.error().code == ErrorCode::kCorruptData;  // never right, however often
  if (done || wrong) SLIPWAY_TRY(os::remove_tree(world_.files, folder));
  return done;
}

}  // namespace slipway::server
