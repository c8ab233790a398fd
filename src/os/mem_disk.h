// os/mem_disk.h - the platters under MemFileSystem: what programs see, and what the power cannot take.
//
// Contract   Every file and folder has two states. Programs see the first; sync_file() and sync_folder()
//            carry it over to the second; cut_power() makes the second the only one. A rename counts as one
//            change: at worst a file is found under both names, never under none.
// Threads    one thread: MemFileSystem locks around it
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "slipway/file_system.h"

namespace slipway::os {

struct MemNode;
using MemNodePtr = std::shared_ptr<MemNode>;
using MemEntries = std::map<std::string, MemNodePtr>;

struct MemState {
  std::string data{};  // a file's bytes, a link's target
  std::uint32_t mode = 0;
  std::int64_t mtime_ns = 0;
  MemEntries entries{};  // of a folder
};

struct MemNode {
  FileKind kind = FileKind::kFile;
  std::uint64_t inode = 0;
  std::uint64_t reserved_bytes = 0;
  MemState now{};      // what programs see
  MemState durable{};  // what a power cut leaves
};

// A name that came (`node`) or went (null).
struct MemNameChange {
  MemNodePtr folder{};
  std::string name{};
  MemNodePtr node{};
};
// Seen by programs, not yet durable. A rename has both halves.
struct MemPending {
  std::optional<MemNameChange> removal{};
  std::optional<MemNameChange> addition{};
};

// Where a path leads. `node` is null when only the last name is missing; the root has no `folder`.
struct MemPlace {
  MemNodePtr folder{};
  std::string name{};
  MemNodePtr node{};
  Path path{};  // absolute, without links
};

class MemDisk {
 public:
  MemDisk();
  MemDisk(const MemDisk&) = delete;
  MemDisk& operator=(const MemDisk&) = delete;

  Result<MemPlace> find(const Path& path, bool follow_last) const;
  Result<MemPlace> find_existing(const Path& path, bool follow_last) const;  // kNotFound when missing

  MemNodePtr make_node(FileKind kind, std::uint32_t mode);
  void change_names(MemPending change);                // seen at once, durable after sync_folder()
  void set_durable_name(const MemNameChange& change);  // seen and durable at once
  void touch(MemNode& node) { node.now.mtime_ns = next_time(); }
  void count_change() { ++changes_; }

  static void sync_file(MemNode& node);
  void sync_folder(const MemNodePtr& folder);
  void sync_all();
  // `keeps` is asked for each thing that is not durable whether luck keeps it.
  void cut_power(const std::function<bool()>& keeps);

  // How many more bytes `node` may take; nothing is limited before set_free_bytes().
  std::uint64_t room_for(const MemNode& node) const;
  void set_free_bytes(std::uint64_t free_bytes);
  std::uint64_t free_bytes() const;

  const MemNodePtr& root() const { return root_; }
  std::uint64_t changes() const { return changes_; }

  std::mutex mutex;                   // guards everything here, also the nodes
  std::set<const MemNode*> locked{};  // files that a FileLock holds
  std::uint64_t boots = 0;            // files opened before a power cut are dead after it

 private:
  std::int64_t next_time();
  std::uint64_t used_bytes() const;
  void make_durable(const MemNameChange& change, std::size_t before);
  void sync_half_of(MemPending& pending, std::size_t index, const MemNodePtr& folder);
  std::vector<MemNodePtr> all_nodes() const;

  std::vector<MemPending> pending_{};  // oldest first
  std::uint64_t inodes_ = 0;
  std::uint64_t changes_ = 0;
  std::optional<std::uint64_t> capacity_bytes_{};
  MemNodePtr root_;  // last: making it counts
};

}  // namespace slipway::os
