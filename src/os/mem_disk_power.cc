// What sync() and sync_dir() save, and what a power cut takes.
#include <algorithm>

#include "os/mem_disk.h"

namespace slipway::os {
namespace {

constexpr std::size_t kSectorBytes = 512;

void apply(MemEntries& entries, const MemNameChange& change) {
  if (change.node) {
    entries[change.name] = change.node;
  } else {
    entries.erase(change.name);
  }
}

bool same_name(const std::optional<MemNameChange>& half, const MemNameChange& change) {
  return half && half->folder == change.folder && half->name == change.name;
}

bool moves_folder(const MemPending& pending) {
  return pending.removal && pending.addition && pending.addition->node->kind == FileKind::kDirectory;
}

// A disk writes sectors in any order: each, and the length, is found old or new.
std::string torn(const std::string& old_data, const std::string& new_data,
                 const std::function<bool()>& keeps) {
  if (old_data == new_data) return old_data;
  std::string found = keeps() ? new_data : old_data;
  for (std::size_t at = 0; at < found.size(); at += kSectorBytes) {
    const std::size_t size = std::min(kSectorBytes, found.size() - at);
    const std::string& from = keeps() ? new_data : old_data;
    std::string sector = at < from.size() ? from.substr(at, size) : std::string();
    sector.resize(size, '\0');  // a hole
    found.replace(at, size, sector);
  }
  return found;
}

void settle(MemNode& node, const std::function<bool()>& keeps) {
  MemState& left = node.durable;
  left.data = torn(left.data, node.now.data, keeps);
  if (left.mode != node.now.mode && keeps()) left.mode = node.now.mode;
  if (left.mtime_ns != node.now.mtime_ns && keeps()) left.mtime_ns = node.now.mtime_ns;
  node.now = left;
  node.reserved_bytes = 0;
}

}  // namespace

void MemDisk::change_names(MemPending change) {
  for (const auto* half : {&change.removal, &change.addition}) {
    if (!*half) continue;
    apply((*half)->folder->now.entries, **half);
    touch(*(*half)->folder);
  }
  pending_.push_back(std::move(change));
}

// Earlier changes of the same name are history; made durable later, they would undo this one.
void MemDisk::make_durable(const MemNameChange& change, std::size_t before) {
  for (std::size_t at = 0; at < before; ++at) {
    if (same_name(pending_[at].removal, change)) pending_[at].removal.reset();
    if (same_name(pending_[at].addition, change)) pending_[at].addition.reset();
  }
  apply(change.folder->durable.entries, change);
}

void MemDisk::set_durable_name(const MemNameChange& change) {
  apply(change.folder->now.entries, change);
  make_durable(change, pending_.size());
}

void MemDisk::sync_file(MemNode& node) {
  node.durable.data = node.now.data;
  node.durable.mode = node.now.mode;
  node.durable.mtime_ns = node.now.mtime_ns;
}

// Of a rename between folders, the new name may become durable alone; the old one never goes alone.
void MemDisk::sync_half_of(MemPending& pending, std::size_t index, const MemNodePtr& folder) {
  const bool leaves = pending.removal && pending.removal->folder == folder;
  if (pending.addition && (leaves || pending.addition->folder == folder)) {
    make_durable(*pending.addition, index);
    pending.addition.reset();
  }
  if (leaves) {
    make_durable(*pending.removal, index);
    pending.removal.reset();
  }
}

void MemDisk::sync_folder(const MemNodePtr& folder) {
  for (std::size_t at = 0; at < pending_.size(); ++at) sync_half_of(pending_[at], at, folder);
  std::erase_if(pending_, [](const MemPending& pending) { return !pending.removal && !pending.addition; });
  folder->durable.mode = folder->now.mode;
  folder->durable.mtime_ns = folder->now.mtime_ns;
}

void MemDisk::sync_all() {
  pending_.clear();
  for (const MemNodePtr& node : all_nodes()) node->durable = node->now;
}

void MemDisk::cut_power(const std::function<bool()>& keeps) {
  std::vector<bool> kept;
  for (std::size_t at = 0; at < pending_.size(); ++at) kept.push_back(keeps());
  // A folder that moved is kept only with all that came before, else it could end up inside itself.
  for (std::size_t at = pending_.size(); at-- > 0;) {
    if (kept[at] && moves_folder(pending_[at])) std::fill_n(kept.begin(), at, true);
  }
  for (std::size_t at = 0; at < pending_.size(); ++at) {
    if (!kept[at]) continue;
    for (const auto* half : {&pending_[at].removal, &pending_[at].addition}) {
      if (*half) apply((*half)->folder->durable.entries, **half);
    }
  }
  pending_.clear();
  std::vector<MemNodePtr> survivors{root_};
  std::set<const MemNode*> seen{root_.get()};
  for (std::size_t at = 0; at < survivors.size(); ++at) {
    const MemNodePtr node = survivors[at];
    settle(*node, keeps);
    for (const auto& [name, entry] : node->now.entries) {
      if (seen.insert(entry.get()).second) survivors.push_back(entry);
    }
  }
  locked.clear();
  ++boots;
}

}  // namespace slipway::os
