#include "flow/hub_limits.h"

#include <map>

#include <fmt/format.h>

#include "base/size_text.h"
#include "os/path.h"

namespace slipway::flow {
namespace {

constexpr std::uint64_t kFileBytesMax = 500'000'000'000;
constexpr std::uint64_t kFileBytesAdvised = 200'000'000'000;
constexpr std::size_t kFolderEntriesAdvised = 10'000;
constexpr std::size_t kFilesAdvised = 100'000;

}  // namespace

Result<std::vector<std::string>> check_hub_limits(const std::vector<release::PlannedFile>& files) {
  std::vector<std::string> advice;
  std::map<std::string, std::size_t> entries;
  for (const release::PlannedFile& file : files) {
    if (file.size > kFileBytesMax) {
      return fail(ErrorCode::kRefused,
                  fmt::format("{} has {}, and the Hub takes no file of more than {}; cut it, weights with "
                              "--max-shard-size",
                              file.path, format_size(file.size), format_size(kFileBytesMax)));
    }
    if (file.size > kFileBytesAdvised) {
      advice.push_back(fmt::format("{} has {}; the Hub advises files under {}", file.path,
                                   format_size(file.size), format_size(kFileBytesAdvised)));
    }
    ++entries[os::parent(file.path)];
  }
  for (const auto& [folder, count] : entries) {
    if (count > kFolderEntriesAdvised) {
      advice.push_back(fmt::format("{} holds {} files; the Hub advises at most {} in a folder",
                                   folder.empty() ? "the top folder" : folder, count, kFolderEntriesAdvised));
    }
  }
  if (files.size() > kFilesAdvised)
    advice.push_back(fmt::format("{} files; the Hub advises at most {}", files.size(), kFilesAdvised));
  return advice;
}

}  // namespace slipway::flow
