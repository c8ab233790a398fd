#include "tensor/dcp/metadata.h"

#include <gmock/gmock.h>

#include "base/encoding.h"
#include "support/golden.h"
#include "tensor/dcp/metadata_test_support.h"
#include "tensor/dcp/weights_of.h"

namespace slipway::tensor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<DcpMetadata> parsed(const FakeMetadata& metadata) {
  return parse_dcp_metadata(as_bytes(print_metadata(metadata)));
}

FakeTensor tensor(std::vector<std::string> path) {
  std::string name;
  for (const std::string& step : path) name += (name.empty() ? "" : ".") + step;
  return {.name = name, .path = std::move(path), .shape = {2}, .boxes = {{.at = {0}, .extent = {2}}}};
}

FakeMetadata two_by_three() {
  return {.tensors = {{.name = "w",
                       .path = {"w"},
                       .shape = {2, 3},
                       .boxes = {{.at = {0, 0}, .extent = {1, 3}, .offset_bytes = 7, .length_bytes = 9},
                                 {.at = {1, 0}, .extent = {1, 3}, .file = "__1_0.distcp"}}}}};
}

std::vector<std::string> names_in(const FakeMetadata& metadata) {
  const DcpMetadata all = parsed(metadata).value();
  std::vector<std::string> names;
  const DcpWeights weights = weights_of(all).value();
  for (const DcpWeight& weight : weights.weights) names.push_back(weight.name);
  return names;
}

TEST(DcpMetadata, SaysWhereEveryBoxOfTheGoldenCheckpointLies) {
  const json::Value one = testing::golden_cases("dcp/dcp.json").front();
  const auto bytes = base64_decode(testing::text_of(*one.find("files_b64"), ".metadata")).value();
  const auto metadata = parse_dcp_metadata(as_bytes(bytes));
  ASSERT_TRUE(metadata) << describe(metadata.error());
  EXPECT_EQ(metadata->objects, 1u);
  std::size_t found = 0;
  for (const json::Value& row : one.find("storage_table")->items()) {
    if (row.find("offset")->is_null()) continue;
    for (const DcpTensor& each : metadata->tensors) {
      if (each.name != testing::text_of(row, "fqn")) continue;
      for (const DcpBox& box : each.boxes) {
        std::vector<std::uint64_t> at;
        for (const json::Value& number : row.find("offset")->items())
          at.push_back(static_cast<std::uint64_t>(number.as_int().value()));
        if (at != box.at) continue;
        ++found;
        EXPECT_EQ(box.item->file, testing::text_of(row, "file"));
        EXPECT_EQ(box.item->offset_bytes, static_cast<std::uint64_t>(*row.find("byte_offset")->as_int()));
        EXPECT_EQ(box.item->length_bytes, static_cast<std::uint64_t>(*row.find("length")->as_int()));
      }
    }
  }
  EXPECT_EQ(found, 3u);
  const DcpWeights weights = weights_of(*metadata).value();
  ASSERT_EQ(weights.weights.size(), 2u);
  EXPECT_EQ(weights.weights[0].name, "w");
  EXPECT_EQ(weights.weights[1].name, "b");
}

TEST(DcpMetadata, ReadsTheClassesUnderEveryNameTheyHad) {
  FakeMetadata old = two_by_three();
  old.metadata_module = "torch.distributed._shard.checkpoint.metadata";
  old.storage_module = "torch.distributed._shard.checkpoint.filesystem";
  old.property_module = "torch.distributed._shard.sharded_tensor.metadata";
  old.memory_format = "MEM_FORMAT_ENCODING";
  for (const char* path : {"pathlib\nPosixPath", "pathlib._local\nPosixPath", "pathlib\nWindowsPath"}) {
    old.path_class = path;
    const auto metadata = parsed(old);
    ASSERT_TRUE(metadata) << describe(metadata.error());
    EXPECT_EQ(metadata->tensors[0].shape, (std::vector<std::uint64_t>{2, 3}));
    EXPECT_EQ(metadata->tensors[0].boxes[1].item->file, "__1_0.distcp");
  }
}

TEST(DcpMetadata, RefusesByNameWhatHasNoPlaceInIt) {
  FakeMetadata bent = two_by_three();
  bent.path_class = "os\nsystem";
  const auto metadata = parsed(bent);
  ASSERT_FALSE(metadata);
  EXPECT_EQ(metadata.error().code, ErrorCode::kRefused);
  EXPECT_THAT(metadata.error().message, HasSubstr("os.system"));
}

TEST(DcpMetadata, RefusesBoxesThatAreNowhereOrReachOut) {
  FakeMetadata lost = two_by_three();
  lost.store_boxes = false;
  EXPECT_THAT(describe(parsed(lost).error()), HasSubstr("\"w\": storage_data does not say where"));
  FakeMetadata out = two_by_three();
  out.tensors[0].boxes[1].at = {2, 0};
  EXPECT_THAT(describe(parsed(out).error()), HasSubstr("reaches out of the tensor"));
  FakeMetadata flat = two_by_three();
  flat.tensors[0].boxes[1] = {.at = {1}, .extent = {1}};
  EXPECT_THAT(describe(parsed(flat).error()), HasSubstr("another number of dimensions"));
  FakeMetadata twice = two_by_three();
  twice.tensors[0].boxes[1].at = {0, 0};
  EXPECT_THAT(describe(parsed(twice).error()), HasSubstr("two places for one box"));
  FakeMetadata path = two_by_three();
  path.tensors[0].boxes[1].file = "../__1_0.distcp";
  EXPECT_THAT(describe(parsed(path).error()), HasSubstr("no plain file name"));
}

TEST(DcpMetadata, KeepsWhatBytesWentThrough) {
  FakeMetadata packed = two_by_three();
  packed.transforms = "zstd";
  EXPECT_EQ(parsed(packed).value().tensors[0].boxes[0].item->transforms, "zstd");
}

TEST(DcpWeights, AreTheDictThatHoldsTheModel) {
  const FakeTensor moment = tensor({"optimizer", "state", "w", "exp_avg"});
  EXPECT_THAT(names_in({.tensors = {tensor({"model", "a.w"}), moment}}), ElementsAre("a.w"));
  EXPECT_THAT(names_in({.tensors = {tensor({"app", "model", "a.w"}), tensor({"app", "optim", "x"})}}),
              ElementsAre("a.w"));
  EXPECT_THAT(names_in({.tensors = {tensor({"a.w"}), tensor({"b"}), moment}}), ElementsAre("a.w", "b"));
  EXPECT_THAT(names_in({.tensors = {tensor({"policy", "a.w"}), tensor({"optimizer_0", "x"})}}),
              ElementsAre("a.w"));
  EXPECT_THAT(names_in({.tensors = {tensor({"model.a.w"})}}), ElementsAre("model.a.w"));
  const FakeMetadata unplanned{.tensors = {tensor({"model", "a"})}, .planner_data = false};
  EXPECT_THAT(names_in(unplanned), ElementsAre("model.a"));
}

TEST(DcpWeights, AreNeverGuessed) {
  const auto two = weights_of(parsed({.tensors = {tensor({"left", "w"}), tensor({"right", "w"})}}).value());
  EXPECT_THAT(two.error().message, HasSubstr("\"left\", \"right\""));
  const auto none = weights_of(parsed({.tensors = {tensor({"optimizer", "w"})}}).value());
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  const DcpMetadata both = parsed({.tensors = {tensor({"model", "w"}), tensor({"optimizer", "x"})}}).value();
  EXPECT_THAT(weights_of(both).value().left_out, ElementsAre("optimizer"));
}

TEST(DcpMetadata, StandsEveryCutAndEveryFlippedByte) {
  const std::string whole = print_metadata(two_by_three());
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(parse_dcp_metadata(as_bytes(std::string_view(whole).substr(0, size)))) << size;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string bent = whole;
    for (const int flip : {0x01, 0x80, 0xff}) {
      bent[i] = static_cast<char>(whole[i] ^ flip);
      const auto metadata = parse_dcp_metadata(as_bytes(bent));
      if (metadata) continue;
      EXPECT_EQ(metadata.error().message.find('\n'), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace slipway::tensor
