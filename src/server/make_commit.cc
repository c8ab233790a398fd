#include "server/make_commit.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace slipway::server {

CommitRow make_commit(const Hub& hub, const Files& files, const std::string& parent,
                      const std::string& author, const std::string& title, const std::string& description) {
  CommitRow commit{.parent = parent,
                   .title = title,
                   .message = description,
                   .author = author,
                   .date = hub.now(),
                   .tree = tree_ids(files).at("")};
  const std::string message = description.empty() ? title : fmt::format("{}\n\n{}", title, description);
  commit.id = commit_id({commit.tree, parent, author, hub.now_seconds(), message});
  return commit;
}

Result<FileRow> store_text(Hub& hub, const std::string& text) {
  FileRow row{.size = text.size(), .oid = git_blob_sha1(as_bytes(text))};
  SLIPWAY_ASSIGN(row.sha256, hub.blobs.put(text));
  return row;
}

}  // namespace slipway::server
