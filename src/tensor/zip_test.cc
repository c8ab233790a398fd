#include "tensor/zip.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "os/mem_file_system.h"
#include "pickle/read.h"
#include "support/golden.h"

namespace slipway::tensor {
namespace {

using testing::text_of;

std::string file_of(const json::Value& one, std::string_view key = "file_b64") {
  return base64_decode(text_of(one, key)).value();
}

// The file stands in a range of a larger one, as in a .distcp.
Result<ZipArchive> open(const std::string& bytes) {
  os::MemFileSystem fs;
  fs.put("/f", "before" + bytes + "behind");
  const auto file = fs.open_read("/f").value();
  return ZipArchive::open(*file, 6, bytes.size());
}

std::uint64_t count_of(const json::Value& object, std::string_view key) {
  return static_cast<std::uint64_t>(object.find(key)->as_int().value());
}

TEST(Zip, FindsEveryEntryWhereTorchPutIt) {
  for (const json::Value& one : testing::golden_cases("pickle/torch_zip.json")) {
    SCOPED_TRACE(text_of(one, "id"));
    const auto archive = open(file_of(one));
    if (text_of(one, "id") == "truncated") {
      EXPECT_FALSE(archive);
      continue;
    }
    ASSERT_TRUE(archive) << describe(archive.error());
    for (const json::Value& entry : one.find("entries")->items()) {
      const auto found = archive->find(text_of(entry, "name").substr(archive->prefix().size() + 1));
      ASSERT_TRUE(found) << describe(found.error());
      EXPECT_EQ(found->offset_bytes, 6 + count_of(entry, "data_offset"));
      EXPECT_EQ(found->size_bytes, count_of(entry, "size"));
    }
    EXPECT_EQ(archive->find("nothing").error().code, ErrorCode::kNotFound);
    EXPECT_EQ(archive->find("data.pkl").has_value(), text_of(one, "id") != "rezipped_deflate");
  }
}

TEST(Zip, StandsEveryCutAndEveryFlippedByte) {
  const std::string whole = file_of(testing::golden_cases("pickle/torch_zip.json").front());
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(open(whole.substr(0, size))) << size;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string bent = whole;
    for (const int flip : {0x01, 0x80, 0xff}) {
      bent[i] = static_cast<char>(whole[i] ^ flip);
      const auto archive = open(bent);
      if (!archive) continue;
      for (const ZipEntry& entry : archive->entries())
        EXPECT_LE(entry.offset_bytes + entry.size_bytes, 6 + whole.size());
    }
  }
}

// pickle_cases.json: what each verdict means for the two policies.
TEST(PickleVectors, GetTheirVerdicts) {
  for (const json::Value& one : testing::golden_cases("pickle/pickle_cases.json")) {
    const std::string id = text_of(one, "id"), verdict = text_of(one, "verdict");
    SCOPED_TRACE(id + ": " + text_of(one, "reason"));
    const std::string bytes = file_of(one, "pickle_b64");
    const auto weights = pickle::read(as_bytes(bytes), pickle::weights_only());
    const auto opaque = pickle::read(as_bytes(bytes), pickle::opaque());
    EXPECT_EQ(weights.has_value(), verdict == "accept") << (weights ? "" : describe(weights.error()));
    const bool names_alone = verdict == "opaque" || verdict == "weights-only-reject";
    EXPECT_TRUE(opaque || !(names_alone || verdict == "accept")) << describe(opaque.error());
    EXPECT_FALSE(opaque && verdict == "reject");
  }
}

TEST(PickleVectors, AreOfTheRightValue) {
  for (const json::Value& one : testing::golden_cases("pickle/pickle_cases.json")) {
    if (text_of(one, "id") != "ints") continue;
    const std::string bytes = file_of(one, "pickle_b64");
    const pickle::Graph graph = pickle::read(as_bytes(bytes), pickle::weights_only()).value();
    const auto& items = graph.at(graph.root()).items;
    const auto& wanted = one.find("value")->items();
    ASSERT_EQ(items.size(), wanted.size());
    for (std::size_t i = 0; i < items.size(); ++i)
      EXPECT_EQ(graph.integer_text(items[i]), std::string(wanted[i].string()));
  }
}

// Torch before 1.6 wrote several pickles one behind the other.
TEST(PickleVectors, FollowEachOtherInTheOldLayout) {
  const json::Value root = testing::golden_json("pickle/pickle_cases.json");
  const std::string bytes = file_of(*root.find("legacy_file"));
  Bytes rest = as_bytes(bytes);
  std::vector<pickle::Kind> kinds;
  for (int i = 0; i < 5; ++i) {
    const pickle::Graph graph = pickle::read(rest, pickle::weights_only()).value();
    kinds.push_back(graph.at(graph.root()).kind);
    rest = rest.subspan(graph.end());
  }
  using enum pickle::Kind;
  EXPECT_EQ(kinds, (std::vector{kInt, kInt, kDict, kCall, kList}));
}

}  // namespace
}  // namespace slipway::tensor
