// server/part_store.h - parts of large objects until all are there: parts/OID.PARTSIZE.WHO/00001-SHA256.
//
// Contract   Who sends an object has a folder of parts alone: they prove that the bytes are there.
//            A part has its name only when it is whole and synced; a part sent again replaces the first.
//            What an object becomes is checked by its own SHA-256 before it has a name. Parts outlive the
//            process; they go when their object is whole or was wrong, and a day after the last of them.
// Limits     memory: one piece a transfer; disk: twice the object while it is put together
// Threads    share freely
// Errors     kCorruptData, kInvalidArgument (a part that is missing or has another tag), kNoSpace, kIo
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/blob_store.h"

namespace slipway::server {

struct PartPlan {
  std::string oid{};
  std::uint64_t size = 0;
  std::uint64_t part_size = 1;
  std::string by{};  // the account that sends it

  std::uint64_t count() const { return size == 0 ? 0 : 1 + (size - 1) / part_size; }
  // Of a part from 1 to count().
  std::uint64_t size_of(std::uint64_t number) const {
    return number < count() ? part_size : size - (number - 1) * part_size;
  }
};

class PartStore {
 public:
  PartStore(os::World& world, const os::Path& root) : world_(world), root_(root + "/parts") {}
  Result<void> prepare();       // makes the folder, clears what crashes left half received
  Result<void> remove_stale();  // parts of which nothing came for a day
  Result<std::string> receive(const PartPlan& plan, std::uint64_t number, os::BodyReader& body);  // its tag
  // Puts the object together out of the parts with these tags, in order; `kept` is told before they go.
  Result<void> complete(const PartPlan& plan, const std::vector<std::string>& tags, BlobStore& blobs,
                        const std::function<Result<void>()>& kept);

 private:
  os::Path folder_of(const PartPlan& plan) const;
  Result<void> remove_others(const os::Path& folder, std::uint64_t number, const std::string& kept);

  os::World& world_;
  os::Path root_;
};

}  // namespace slipway::server
