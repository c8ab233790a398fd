// flow/hub_cache.h - one repository in the Hub cache that stock clients share, laid out as they lay it out.
//
// Contract   refs/<revision> names a commit; blobs/<etag> holds a file; snapshots/<commit>/<path> is a
//            relative link to it (the file itself under HF_HUB_DISABLE_SYMLINKS, or where no link can be
//            made); trees/<commit>.json lists the commit's files; .locks/…/<etag>.lock is flock()ed as
//            filelock does. A blob is there when its name and size say so, as for all who share the cache.
// Limits     a listing 64 MiB
// Threads    share freely
// Errors     kInvalidArgument where the environment names no cache; kIo
// Source     huggingface_hub file_download.py, _tree_cache.py
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flow/fetch_file.h"
#include "hub/client.h"
#include "os/world.h"

namespace slipway::flow {

class HubCache {
 public:
  HubCache(os::World& world, const hub::wire::RepoId& repo);

  Result<void> prepare();  // folders, and the mark that keeps backups out
  os::Path snapshot(const std::string& commit) const;
  FetchJob job(const std::string& commit, const hub::RemoteFile& file) const;
  Result<bool> holds(const std::string& commit, const hub::RemoteFile& file);
  // Its blob under its path; where links are not wanted, a copy of `from`, which holds the same bytes.
  Result<void> show(const std::string& commit, const hub::RemoteFile& file, const os::Path& from);

  Result<void> keep_ref(const std::string& revision, const std::string& commit);
  Result<void> keep_tree(const std::string& commit, const std::vector<hub::RemoteFile>& tree);
  // What an earlier pull, or a stock client, knows: the commit of a revision, "" when nothing does.
  Result<std::string> known_commit(const std::string& revision);
  Result<std::optional<std::vector<hub::RemoteFile>>> known_tree(const std::string& commit);

  os::Path blob(const hub::RemoteFile& file) const;

 private:
  Result<void> place(const hub::RemoteFile& file, const os::Path& from, const os::Path& shown);
  Result<void> write(const os::Path& path, std::string_view text);
  os::Path lock_of(const hub::RemoteFile& file) const;

  os::World& world_;
  os::Path root_;
  os::Path folder_;
  os::Path locks_;
  bool links_;
};

}  // namespace slipway::flow
