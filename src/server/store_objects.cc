// The part of the Store that knows who has which large object.
#include <fmt/format.h>

#include "server/store.h"

namespace slipway::server {

Result<std::vector<RepoRow>> Store::holders(const std::string& oid) {
  const std::scoped_lock hold(mutex_);
  Statement query = database_.prepare(fmt::format(
      "SELECT {} FROM repos JOIN objects_held ON repo = key WHERE object = ? ORDER BY key", kRepoColumns));
  query.bind(oid);
  std::vector<RepoRow> rows;
  while (true) {
    SLIPWAY_ASSIGN(const bool row, query.step());
    if (!row) return rows;
    rows.push_back(read_repo(query));
  }
}

Result<bool> Store::was_sent(const std::string& oid, const std::string& account) {
  const std::scoped_lock hold(mutex_);
  Statement query = database_.prepare("SELECT 1 FROM objects_sent WHERE object = ? AND account = ?");
  query.bind(oid).bind(account);
  return query.step();
}

Result<void> Store::note_sent(const std::string& oid, const std::string& account) {
  const std::scoped_lock hold(mutex_);
  Statement insert = database_.prepare("INSERT INTO objects_sent VALUES(?, ?) ON CONFLICT DO NOTHING");
  return insert.bind(oid).bind(account).run();
}

Result<void> Store::note_held(std::int64_t repo, const std::string& tree) {
  Statement insert = database_.prepare(
      "INSERT OR IGNORE INTO objects_held SELECT DISTINCT sha256, ?1 FROM tree_files WHERE tree = ?2 AND lfs "
      "= 1");
  return insert.bind(repo).bind(tree).run();
}

}  // namespace slipway::server
