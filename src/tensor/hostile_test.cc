// Goal: what somebody made to harm, or what broke on its way, is refused with the file and the part of it
// that lies, before a byte of any tensor is read. The golden vectors, and what they do not hold.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "os/mem_file_system.h"
#include "support/golden.h"
#include "support/safetensors_file.h"
#include "tensor/dcp/metadata_test_support.h"
#include "tensor/dcp/open_dcp.h"
#include "tensor/dcp/sharded_safetensors.h"
#include "tensor/torch/torch_test_support.h"
#include "tensor/torch/torch_weights.h"

namespace slipway::tensor {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::text_of;
using testing::TorchFileWriter;
using testing::zip_of;

std::string refusal(const std::string& bytes) {
  os::MemFileSystem disk;
  disk.put("/w/pytorch_model.bin", bytes);
  const auto opened = open_torch_weights(disk, "/w", "pytorch_model");
  return opened ? "" : describe(opened.error());
}

TEST(HostileSafetensors, EveryVectorThatIsRefusedNamesItsFile) {
  std::size_t refused = 0;
  for (const json::Value& one : testing::golden_cases("safetensors/safetensors_cases.json")) {
    if (text_of(one, "strict") != "reject") continue;
    ++refused;
    os::MemFileSystem disk;
    disk.put("/w/model.safetensors", base64_decode(text_of(one, "file_b64")).value());
    const auto opened = open_weights(disk, "/w", "model");
    ASSERT_FALSE(opened) << text_of(one, "id");
    EXPECT_THAT(describe(opened.error()), StartsWith("model.safetensors: ")) << text_of(one, "id");
  }
  EXPECT_EQ(refused, 82u);
}

std::string with_pickle(const std::string& pickle) {
  return zip_of({{"data.pkl", pickle}, {"data/0", "01234567"}, {"data/k", "01234567"}});
}

TEST(HostilePickle, EveryVectorIsRefusedByFileAndRecordAndNamesWhatItWouldCall) {
  std::size_t refused = 0;
  for (const json::Value& one : testing::golden_cases("pickle/pickle_cases.json")) {
    SCOPED_TRACE(text_of(one, "id") + ": " + text_of(one, "reason"));
    const std::string said = refusal(with_pickle(base64_decode(text_of(one, "pickle_b64")).value()));
    EXPECT_EQ(said.find('\n'), std::string::npos) << said;
    EXPECT_THAT(said, StartsWith("pytorch_model.bin: "));  // those that are sound hold no tensor of this file
    if (text_of(one, "verdict") == "accept") continue;
    ++refused;
    EXPECT_THAT(said, StartsWith("pytorch_model.bin: data.pkl: "));
  }
  EXPECT_GT(refused, 30u);
}

TEST(HostilePickle, OnlyWhatIsNoAttackIsSaidToBeLoadableByWhoTrustsIt) {
  const auto calling = [](const std::string& global) {
    return refusal(with_pickle("\x80\2}X\1\0\0\0wc"s + global + "\n(tRs."));
  };
  EXPECT_THAT(calling("posix\nsystem"),
              HasSubstr("posix.system has no place here; nothing of it was run; no model"));
  EXPECT_THAT(calling("builtins\neval"), HasSubstr("loading the file with torch may harm"));
  EXPECT_THAT(calling("mine.models\nConfig"), HasSubstr("if you trust the file"));
}

// A zip archive of which every number can lie.
struct Lie {
  std::string name{}, body{};
  std::string local_name{};              // "": the same
  std::optional<std::uint32_t> local{};  // where the directory says that it begins
  std::optional<std::uint32_t> size{};   // both sizes in the directory
  std::optional<std::uint32_t> unpacked{};
  std::uint16_t method = 0, flags = 0;
};
struct Directory {
  std::optional<std::uint16_t> count{};
  std::optional<std::uint32_t> at{}, size{};
  bool wide = false;  // with a 64-bit record before the end, which says:
  std::optional<std::uint64_t> wide_count{}, wide_at{}, record_at{};
};

std::string little(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i, value >>= 8U) out += static_cast<char>(value & 0xffU);
  return out;
}

std::string archive(const std::vector<Lie>& entries, const Directory& lies = {}) {
  std::string file, directory;
  for (const Lie& one : entries) {
    const std::string name = "archive/" + one.name;
    const std::string local = one.local_name.empty() ? name : one.local_name;
    const std::uint64_t size = one.size.value_or(static_cast<std::uint32_t>(one.body.size()));
    directory += "PK\1\2" + little(0, 4) + little(one.flags, 2) + little(one.method, 2) + little(0, 8) +
                 little(size, 4) + little(one.unpacked.value_or(static_cast<std::uint32_t>(size)), 4) +
                 little(name.size(), 2) + little(0, 12) +
                 little(one.local.value_or(static_cast<std::uint32_t>(file.size())), 4) + name;
    file += "PK\3\4" + little(0, 2) + little(one.flags, 2) + little(one.method, 2) + little(0, 16) +
            little(local.size(), 2) + little(0, 2) + local + one.body;
  }
  const std::uint64_t at = file.size(), size = directory.size(), end = at + size;
  std::string record;
  if (lies.wide)
    record = "PK\6\6" + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8) +
             little(entries.size(), 8) + little(lies.wide_count.value_or(entries.size()), 8) +
             little(size, 8) + little(lies.wide_at.value_or(at), 8) + "PK\6\7" + little(0, 4) +
             little(lies.record_at.value_or(end), 8) + little(1, 4);
  const std::uint64_t count = lies.count.value_or(static_cast<std::uint16_t>(entries.size()));
  return file + directory + record + "PK\5\6" + little(0, 4) + little(count, 2) + little(count, 2) +
         little(lies.size.value_or(static_cast<std::uint32_t>(size)), 4) +
         little(lies.at.value_or(static_cast<std::uint32_t>(at)), 4) + little(0, 2);
}

const Lie kModel{.name = "data.pkl", .body = "\x80\2}."s};
Lie storage(std::string body = "01234567") { return {.name = "data/0", .body = std::move(body)}; }

TEST(HostileArchive, EveryLieIsNamed) {
  // Only what the archive says of itself is wrong: without a lie it is read up to its model.
  ASSERT_THAT(refusal(archive({kModel, storage()})), HasSubstr("holds no tensors"));
  ASSERT_THAT(refusal(archive({kModel, storage()}, {.wide = true})), HasSubstr("holds no tensors"));
  const auto lied = [](Lie lie, auto member, auto value) {
    lie.*member = value;
    return lie;
  };
  struct Case {
    const char* what;
    std::string bytes, says;
  };
  const Lie data = storage(), within{.name = "data/1", .body = "4567"};
  constexpr std::uint32_t kHeader = 30 + 14;    // and the name, "archive/data/0"
  constexpr std::uint32_t kData = 30 + 16 + 4;  // where it stands, behind data.pkl
  const std::vector<Case> cases{
      {"two entries share their bytes",
       archive({kModel, data, {.name = "data/1", .body = "01234567", .local = kData}}), "has two names"},
      {"an entry lies inside of another's payload",
       archive({kModel,
                storage(archive({within}).substr(0, kHeader + 4)),
                {.name = "data/1", .body = "4567", .local = kData + kHeader}}),
       R"(the entries "archive/data/0" and "archive/data/1" of the archive overlap)"},
      {"an entry's header lies in the payload before it",
       archive({kModel,
                lied(storage("0123"), &Lie::size, std::uint32_t{4 + kHeader}),
                {.name = "data/1", .body = "4567"}}),
       R"(the entries "archive/data/0" and "archive/data/1" of the archive overlap)"},
      {"one name twice", archive({kModel, data, data}), R"(have the name "archive/data/0")"},
      {"two folders", archive({kModel, {.name = "data/0", .local_name = "other/data/0"}}),
       R"("archive/data/0" has two names)"},
      {"a size past the end", archive({kModel, lied(data, &Lie::size, std::uint32_t{1 << 30})}),
       R"(the entry "archive/data/0" runs past the archive's end)"},
      {"a size of 64 bits that is nowhere",
       archive({kModel, lied(data, &Lie::size, std::uint32_t{0xffffffff})}),
       R"(the entry "archive/data/0" runs past the archive's end)"},
      {"a place past the end", archive({kModel, lied(data, &Lie::local, std::uint32_t{0xfffffff0})}),
       R"(the entry "archive/data/0" lies outside)"},
      {"a place that is no header", archive({kModel, lied(data, &Lie::local, std::uint32_t{1})}),
       R"(the entry "archive/data/0" has no header)"},
      {"stored, and of two sizes", archive({kModel, lied(data, &Lie::unpacked, std::uint32_t{9})}),
       R"("archive/data/0" is stored and has two sizes)"},
      {"a bomb: packed 1 to 1,000,000",
       archive({lied(lied(kModel, &Lie::method, std::uint16_t{8}), &Lie::unpacked,
                     std::uint32_t{4'000'000'000})}),
       "archive/data.pkl is compressed"},
      {"an unknown packing", archive({kModel, lied(data, &Lie::method, std::uint16_t{14})}),
       R"("archive/data/0" is encrypted or packed)"},
      {"encrypted", archive({kModel, lied(data, &Lie::flags, std::uint16_t{1})}),
       R"("archive/data/0" is encrypted or packed)"},
      {"fewer entries than there are", archive({kModel, data}, {.count = 1}), "more entries than it counts"},
      {"more entries than there are", archive({kModel, data}, {.count = 3}), "directory is damaged"},
      {"a directory elsewhere", archive({kModel, data}, {.at = 0xfffffff0}), "directory lies outside"},
      {"a directory without end", archive({kModel, data}, {.size = 0xfffffff0}), "too many entries"},
      {"2^60 entries in 64 bits",
       archive({kModel, data}, {.count = 0xffff, .wide = true, .wide_count = 1ull << 60}),
       "too many entries"},
      {"two directories", archive({kModel, data}, {.wide = true, .wide_count = 1}),
       "two directories that differ"},
      {"a directory of 64 bits elsewhere",
       archive({kModel, data}, {.at = 0xffffffff, .wide = true, .wide_at = 1ull << 62}),
       "directory lies outside"},
      {"a record of 64 bits elsewhere", archive({kModel, data}, {.wide = true, .record_at = ~0ull - 8}),
       "64-bit directory lies outside"},
      {"a record of 64 bits that is none", archive({kModel, data}, {.wide = true, .record_at = 0}),
       "no 64-bit directory where it should be"},
  };
  for (const Case& one : cases) {
    const std::string said = refusal(one.bytes);
    EXPECT_THAT(said, StartsWith("pytorch_model.bin: ")) << one.what;
    EXPECT_THAT(said, HasSubstr(one.says)) << one.what;
  }
}

// {"w": a tensor of a storage of eight bytes}
std::string tensor_of(const std::string& offset, const std::string& size, const std::string& stride) {
  return with_pickle(
      "\x80\2}X\1\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\n"
      "X\1\0\0\0000X\3\0\0\0cpuK\2tQ"s +
      offset + size + stride + "\x89}tRs.");
}

TEST(HostileTensor, PlacesAndShapesThatCannotBeAreNamedWithTheirTensor) {
  const std::string none = "K\0"s, two = "K\2\x85"s, one = "K\1\x85"s;
  const std::string huge = "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f"s, minus = "J\xff\xff\xff\xff"s;
  struct Case {
    const char* what;
    std::string bytes, says;
  };
  for (const Case& it : {
           Case{"past the end by its offset", tensor_of("K\1"s, two, one),
                "reaches past the end of its storage"},
           Case{"past the end by its size", tensor_of(none, "K\3\x85"s, one),
                "reaches past the end of its storage"},
           Case{"past the end by its stride", tensor_of(none, two, "K\2\x85"s),
                "reaches past the end of its storage"},
           Case{"an offset that wraps", tensor_of(huge, two, one), "reaches past the end of its storage"},
           Case{"a stride that wraps", tensor_of(none, two, huge + "\x85"),
                "reaches past the end of its storage"},
           Case{"a stride below 0", tensor_of(none, two, minus + "\x85"), "a shape or a stride below 0"},
           Case{"a size below 0", tensor_of(none, minus + "\x85", one), "a shape or a stride below 0"},
           Case{"an offset below 0", tensor_of(minus, two, one), "no offset"},
           Case{"a product that wraps", tensor_of(none, huge + huge + "\x86", none + none + "\x86"),
                "a shape that nothing can hold"},
           Case{"a size of 2^100", tensor_of(none, "\x8a\x0d" + std::string(12, '\0') + "\x10\x85", one),
                "below 0, or none"},
       }) {
    EXPECT_THAT(refusal(it.bytes), StartsWith("pytorch_model.bin: tensor \"w\": ")) << it.what;
    EXPECT_THAT(refusal(it.bytes), HasSubstr(it.says)) << it.what;
  }
}

FakeBox box(std::vector<std::uint64_t> at, std::vector<std::uint64_t> extent, const std::string& file,
            std::uint64_t length) {
  return {.at = std::move(at),
          .extent = std::move(extent),
          .file = file,
          .offset_bytes = 0,
          .length_bytes = length};
}

// Two ranks with two rows each, under any description.
std::string dcp_refusal(std::vector<std::uint64_t> shape, std::vector<FakeBox> boxes) {
  TorchFileWriter writer;
  const std::string rows = writer.finish(writer.floats({1, 2, 3, 4, 5, 6}, {2, 3}));
  os::MemFileSystem disk;
  for (const char* name : {"__0_0.distcp", "__1_0.distcp"}) disk.put("/w/" + std::string(name), rows);
  for (FakeBox& one : boxes)
    if (one.length_bytes == 0) one.length_bytes = rows.size();
  const FakeMetadata metadata{
      .tensors = {{.name = "w", .path = {"w"}, .shape = std::move(shape), .boxes = std::move(boxes)}}};
  disk.put("/w/.metadata", print_metadata(metadata));
  const auto opened = open_dcp_weights(disk, "/w");
  return opened ? "" : describe(opened.error());
}

struct DcpCase {
  const char* what;
  std::vector<std::uint64_t> shape;
  std::vector<FakeBox> boxes;
  std::string names, says;
};
void expect_refusals(const std::vector<DcpCase>& cases) {
  for (const DcpCase& one : cases) {
    const std::string said = dcp_refusal(one.shape, one.boxes);
    EXPECT_THAT(said, HasSubstr(one.names)) << one.what;
    EXPECT_THAT(said, HasSubstr(one.says)) << one.what;
  }
}
const std::string kFirst = "__0_0.distcp", kSecond = "__1_0.distcp";

TEST(HostileDcp, ChunksThatMakeNoTensorAreNamed) {
  ASSERT_EQ(dcp_refusal({4, 3}, {box({0, 0}, {2, 3}, kFirst, 0), box({2, 0}, {2, 3}, kSecond, 0)}), "");
  const std::uint64_t wide = 1ull << 40;
  expect_refusals({
      {"a file that is not there",
       {4, 3},
       {box({0, 0}, {2, 3}, kFirst, 0), box({2, 0}, {2, 3}, "__2_0.distcp", 0)},
       ".metadata",
       "names __2_0.distcp, which is not there"},
      {"a path out",
       {4, 3},
       {box({0, 0}, {2, 3}, kFirst, 0), box({2, 0}, {2, 3}, "../x.distcp", 0)},
       ".metadata",
       "relative_path \"../x.distcp\" is no plain file name"},
      {"a chunk out of its tensor",
       {4, 3},
       {box({0, 0}, {2, 3}, kFirst, 0), box({3, 0}, {2, 3}, kSecond, 0)},
       "\"w\"",
       "a chunk reaches out of the tensor"},
      {"chunks that overlap",
       {3, 3},
       {box({0, 0}, {2, 3}, kFirst, 0), box({1, 0}, {2, 3}, kSecond, 0)},
       "\"w\"",
       "overlap"},
      {"chunks that leave a hole",
       {5, 3},
       {box({0, 0}, {2, 3}, kFirst, 0), box({3, 0}, {2, 3}, kSecond, 0)},
       "\"w\"",
       "3 of its 15 elements are in no piece"},
      {"a lost last chunk",
       {4, 3},
       {box({0, 0}, {2, 3}, kFirst, 0)},
       "\"w\"",
       "6 of its 12 elements are in no piece"},
      {"two places for a chunk",
       {4, 3},
       {box({0, 0}, {2, 3}, kFirst, 0), box({0, 0}, {2, 3}, kSecond, 0)},
       "\"w\"",
       "two places for one box"},
      {"a product that wraps",
       {wide, wide},
       {box({0, 0}, {2, 3}, kFirst, 0)},
       "\"w\"",
       "more elements than can be counted"},
      {"a side without bound", {wide + 1, 1}, {box({0, 0}, {2, 1}, kFirst, 0)}, "\"w\"", "its size reaches"},
  });
}

TEST(HostileDcp, ItemsThatAreNotWhatIsSaidAreNamedWithFileAndTensor) {
  expect_refusals({
      {"an item past the end",
       {4, 3},
       {box({0, 0}, {2, 3}, kFirst, 1 << 20), box({2, 0}, {2, 3}, kSecond, 0)},
       "__0_0.distcp: tensor \"w\"",
       "the file ends"},
      {"an item that wraps",
       {4, 3},
       {box({0, 0}, {2, 3}, kFirst, ~0ull >> 1U), box({2, 0}, {2, 3}, kSecond, 0)},
       "__0_0.distcp: tensor \"w\"",
       "the file ends"},
      {"another shape than stored",
       {4, 6},
       {box({0, 0}, {2, 6}, kFirst, 0), box({2, 0}, {2, 6}, kSecond, 0)},
       "__0_0.distcp: tensor \"w\"",
       "another dtype or shape"},
  });
}

// How many ranks wrote is told nowhere; how many files each may write stands in every name.
TEST(HostileDcp, SafetensorsShardsOfWhichANumberIsMissingAreRefused) {
  const auto shard = [](const std::string& tensor, int first_row) {
    return testing::safetensors_file(
        {{tensor, Dtype::kF32, {2, 1}}},
        {{"DCP_SHARDING_INFO", fmt::format(R"({{"{}": {{"saved_offsets": [{}, 0]}}}})", tensor, first_row)}});
  };
  os::MemFileSystem disk;
  disk.put("/w/shard-00001-model-00001-of-00002.safetensors", shard("a", 0));
  disk.put("/w/shard-00002-model-00001-of-00002.safetensors", shard("a", 2));
  disk.put("/w/shard-00002-model-00002-of-00002.safetensors", shard("b", 0));
  const auto opened = open_sharded_safetensors(disk, "/w");
  ASSERT_TRUE(opened) << describe(opened.error());
  EXPECT_THAT(opened->set.warnings, ::testing::ElementsAre(HasSubstr("how many ranks wrote")));
  ASSERT_TRUE(disk.remove("/w/shard-00002-model-00002-of-00002.safetensors"));
  EXPECT_THAT(describe(open_sharded_safetensors(disk, "/w").error()),
              HasSubstr("shard-00001-model-00001-of-00002.safetensors: no shard of file 2 of 2 is there"));
  disk.put("/w/shard-00003-model-00003-of-00003.safetensors", shard("b", 0));
  EXPECT_THAT(describe(open_sharded_safetensors(disk, "/w").error()), HasSubstr("of another save"));
}

}  // namespace
}  // namespace slipway::tensor
