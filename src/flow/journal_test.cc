#include "flow/journal.h"

#include <gtest/gtest.h>

#include "flow/ledger.h"
#include "os/faulty_file_system.h"
#include "os/mem_file_system.h"

namespace slipway::flow {
namespace {

const os::Path kPath = "/state/journal";

json::Value numbered(int n) { return json::Value::object({{"path", "f" + std::to_string(n)}}); }

std::string journal_of(int records) {
  os::MemFileSystem disk;
  disk.put_dir("/state");
  auto journal = Journal::open(disk, kPath).value();
  for (int i = 0; i < records; ++i) EXPECT_TRUE(journal.append(RecordType::kOriginal, numbered(i)));
  return *disk.text(kPath);
}

TEST(Journal, GivesBackWhatWasAppended) {
  os::MemFileSystem disk;
  disk.put(kPath, journal_of(3));
  const auto journal = Journal::open(disk, kPath).value();
  ASSERT_EQ(journal.records().size(), 3u);
  EXPECT_TRUE(journal.records()[2].body.same_as(numbered(2)));
}

TEST(Journal, CutsOffATornLastRecordWhereverItWasTorn) {
  const std::string two = journal_of(2);
  const std::string three = journal_of(3);
  for (std::size_t size = two.size(); size < three.size(); ++size) {
    os::MemFileSystem disk;
    disk.put(kPath, three.substr(0, size));
    auto journal = Journal::open(disk, kPath).value();
    ASSERT_EQ(journal.records().size(), 2u) << size;
    ASSERT_TRUE(journal.append(RecordType::kOriginal, numbered(2)));
    EXPECT_EQ(disk.text(kPath), three);
  }
}

TEST(Journal, RefusesDamageWithGoodRecordsBehindIt) {
  std::string bytes = journal_of(3);
  bytes[20] = static_cast<char>(bytes[20] ^ 1);
  os::MemFileSystem disk;
  disk.put(kPath, bytes);
  EXPECT_EQ(Journal::open(disk, kPath).error().code, ErrorCode::kCorruptData);
}

TEST(Journal, RefusesANewerFormatByName) {
  os::MemFileSystem disk;
  disk.put(kPath, "SLPJ0002and more");
  EXPECT_EQ(Journal::open(disk, kPath).error().code, ErrorCode::kUnsupported);
  disk.put(kPath, "something else altogether");
  EXPECT_EQ(Journal::open(disk, kPath).error().code, ErrorCode::kCorruptData);
}

TEST(Journal, AnAppendedRecordSurvivesThePowerCutOrIsNotThere) {
  for (std::uint64_t fail_at = 0;; ++fail_at) {
    os::MemFileSystem disk;
    disk.put(kPath, journal_of(1));
    os::FaultyFileSystem faulty(disk, fail_at, os::FaultyFileSystem::Mode::kPersistent);
    auto journal = Journal::open(faulty, kPath);
    const bool kept = journal && journal->append(RecordType::kOriginal, numbered(1));
    disk.crash(fail_at);
    const auto read = Journal::open(disk, kPath);
    ASSERT_TRUE(read) << describe(read.error());
    EXPECT_GE(read->records().size(), kept ? 2u : 1u);
    if (!faulty.fired()) break;
  }
}

TEST(Ledger, AnAppliedIntentIsClosedAndRestoringForgetsOriginals) {
  std::vector<Record> records{
      {RecordType::kOriginal,
       json::Value::object({{"path", "c"}, {"saved", "s"}, {"sha256", "s"}, {"mode", 420}})},
      {RecordType::kIntent,
       to_json(Intent{.edits = {{.path = "c", .staged = "e", .old_sha256 = "s", .new_sha256 = "n"}}})}};
  EXPECT_TRUE(fold(records)->open_intent.has_value());
  EXPECT_EQ(fold(records)->originals.at("c").written_sha256, "n");
  records.push_back({RecordType::kApplied, json::Value::object()});
  EXPECT_FALSE(fold(records)->open_intent.has_value());
  records.push_back({RecordType::kRestored, json::Value::object()});
  EXPECT_TRUE(fold(records)->originals.empty());
}

}  // namespace
}  // namespace slipway::flow
