// flow/journal.h - a durable list of records that lets the same command go on after any crash.
//
// Contract   append() returns after the record is durable. A short or damaged last record is a torn
//            write: the reader stops before it and the next append cuts it off. Damage with good
//            records behind it is kCorruptData.
// Format     docs/format/journal.md: "SLPJ0001", then records {u32 size, u32 crc32c, u8 type, JSON}
// Limits     record 1 MiB, journal 64 MiB
// Threads    one thread
// Errors     kCorruptData, kUnsupported (written by a newer version), kIo, kNoSpace
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "slipway/file_system.h"
#include "slipway/json.h"
#include "slipway/result.h"

namespace slipway::flow {

enum class RecordType : std::uint8_t {
  kOriginal = 1,   // a file of the run as it was, saved before its first change
  kIntent = 2,     // staged files that are about to take their places
  kApplied = 3,    // all of the last intent has
  kDigest = 4,     // a file's digests, with its identity when they were taken
  kCommitted = 5,  // a commit that the Hub confirmed
  kRestored = 6,   // the originals are back; what came before is history
  kAside = 7,      // a file of the run is about to be moved into the state folder
  kFacts = 8,      // what was learned while files were written that are whole now
};

struct Record {
  RecordType type;
  json::Value body;
};

class Journal {
 public:
  // Opens or creates the journal of a state folder that exists.
  static Result<Journal> open(os::FileSystem& fs, const os::Path& path);
  // The records of a journal that nobody is to change; none when the file is not there.
  static Result<std::vector<Record>> read(os::FileSystem& fs, const os::Path& path);

  const std::vector<Record>& records() const { return records_; }
  Result<void> append(RecordType type, const json::Value& body);

 private:
  Journal(os::FileSystem& fs, os::Path path) : fs_(&fs), path_(std::move(path)) {}

  os::FileSystem* fs_;
  os::Path path_;
  std::vector<Record> records_{};
  std::uint64_t end_bytes_ = 0;  // behind the last good record
};

}  // namespace slipway::flow
