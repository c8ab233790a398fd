#include "hub/lfs_upload.h"

#include <set>

namespace slipway::hub {

Result<std::vector<bool>> LfsUpload::open(const std::vector<UploadItem>& items) {
  items_ = items;
  std::vector<wire::LfsObject> objects;
  for (const UploadItem& item : items_) {
    SLIPWAY_CHECK(!item.sha256.empty());
    objects.push_back({item.sha256, item.content->size_bytes()});
  }
  SLIPWAY_ASSIGN(answers_, client_.lfs_batch(repo_, revision_, objects));
  std::vector<bool> missing;
  std::set<std::string_view> seen;
  for (const wire::LfsAnswer& answer : answers_) {
    missing.push_back(answer.upload.has_value() && seen.insert(answer.oid).second);
  }
  return missing;
}

Result<void> LfsUpload::send(std::size_t index, const std::function<void(std::uint64_t)>& sent) {
  SLIPWAY_CHECK(index < answers_.size());
  return client_.lfs_put(answers_[index], *items_[index].content, sent);
}

}  // namespace slipway::hub
