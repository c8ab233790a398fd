#include "tensor/dcp/open_dcp.h"

#include <gmock/gmock.h>

#include "base/encoding.h"
#include "os/mem_file_system.h"
#include "support/golden.h"
#include "tensor/dcp/metadata_test_support.h"
#include "tensor/dcp/sharded_safetensors.h"
#include "tensor/piece_source.h"

namespace slipway::tensor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::text_of;

json::Value golden() { return testing::golden_cases("dcp/dcp.json").front(); }

void put_files(os::MemFileSystem& disk, const json::Value& files, const std::string& folder) {
  for (const auto& [name, text] : files.members())
    disk.put(folder + "/" + name, base64_decode(text.string()).value());
}

std::vector<std::uint64_t> numbers(const json::Value& list) {
  std::vector<std::uint64_t> found;
  for (const json::Value& number : list.items()) found.push_back(*number.as_uint());
  return found;
}

void expect_tensors(const Result<OpenedWeights>& opened, const json::Value& expected) {
  ASSERT_TRUE(opened) << describe(opened.error());
  const auto catalogue = opened->source->catalogue();
  EXPECT_EQ(catalogue.size(), expected.members().size());
  for (std::size_t i = 0; i < catalogue.size(); ++i) {
    const json::Value* wanted = expected.find(catalogue[i].name);
    ASSERT_NE(wanted, nullptr) << catalogue[i].name;
    EXPECT_EQ(dtype_name(catalogue[i].dtype), text_of(*wanted, "dtype"));
    EXPECT_EQ(catalogue[i].shape, numbers(*wanted->find("shape")));
    ByteVector bytes(catalogue[i].size_bytes);
    ASSERT_TRUE(opened->source->read(i, 0, bytes));
    EXPECT_EQ(base64_encode(bytes), text_of(*wanted, "data_b64"));
  }
}

std::string failure(os::MemFileSystem& disk) {
  const auto opened = open_dcp_weights(disk, "/run");
  return opened ? "" : describe(opened.error());
}

// The items of the golden checkpoint under another description of them.
struct Redescribed {
  os::MemFileSystem disk{};
  FakeMetadata metadata{};

  Redescribed() {
    put_files(disk, *golden().find("files_b64"), "/run");
    metadata.tensors = {{.name = "w",
                         .path = {"w"},
                         .shape = {4, 3},
                         .boxes = {box("__0_0.distcp", 1261, {0, 0}), box("__1_0.distcp", 1577, {2, 0})}}};
  }
  static FakeBox box(const std::string& file, std::uint64_t offset, std::vector<std::uint64_t> at) {
    return {
        .at = std::move(at), .extent = {2, 3}, .file = file, .offset_bytes = offset, .length_bytes = 1577};
  }
  std::string verdict() {
    disk.put("/run/.metadata", print_metadata(metadata));
    return failure(disk);
  }
};

TEST(Dcp, PutsTheGoldenCheckpointTogether) {
  for (const char* folder : {"/run", "/run/pytorch_model_fsdp_0"}) {
    os::MemFileSystem disk;
    put_files(disk, *golden().find("files_b64"), folder);
    const auto opened = open_dcp_weights(disk, "/run");
    expect_tensors(opened, *golden().find("expected"));
    EXPECT_EQ(opened->set.files.size(), 3u);
  }
}

TEST(Dcp, PutsTheGoldenShardsTogether) {
  const json::Value root = testing::golden_json("dcp/dcp.json");
  for (const char* folder : {"/run", "/run/sharded"}) {
    os::MemFileSystem disk;
    put_files(disk, *root.find("hf_sharded")->find("files_b64"), folder);
    const auto opened = open_sharded_safetensors(disk, "/run");
    expect_tensors(opened, *root.find("hf_sharded")->find("expected"));
    ASSERT_TRUE(disk.remove(std::string(folder) + "/shard-00001-model-00001-of-00001.safetensors"));
    EXPECT_THAT(describe(open_sharded_safetensors(disk, "/run").error()), HasSubstr("are in no piece"));
  }
}

TEST(Dcp, TakesOnlyBoxesThatTileTheirTensor) {
  const json::Value root = testing::golden_json("dcp/dcp.json");
  std::size_t refused = 0;
  for (const json::Value& plan : root.find("chunk_plans")->items()) {
    SCOPED_TRACE(text_of(plan, "id"));
    PiecedTensor tensor{.info = {.name = "w", .dtype = Dtype::kU8}, .grid = numbers(*plan.find("size"))};
    tensor.info.shape = tensor.grid;
    tensor.info.size_bytes = tensor_size_bytes({"w", Dtype::kU8, tensor.grid});
    for (const json::Value& chunk : plan.find("chunks")->items()) {
      const auto extent = numbers(chunk.items()[1]);
      tensor.pieces.push_back({.at = numbers(chunk.items()[0]),
                               .extent = extent,
                               .stride = std::vector<std::uint64_t>(extent.size(), 1)});
    }
    const auto checked = check_pieces(tensor, {{.file = "f", .stat = {.size_bytes = 1000}}});
    EXPECT_EQ(checked.has_value(), text_of(plan, "verdict") == "accept");
    if (!checked) ++refused;
  }
  EXPECT_EQ(refused, 5u);
}

TEST(Dcp, SaysThatASaveDidNotEnd) {
  os::MemFileSystem disk;
  disk.put("/run/pytorch_model_fsdp_0/__0_0.distcp", "x");
  EXPECT_THAT(failure(disk), HasSubstr("pytorch_model_fsdp_0/.metadata: is not there"));
  os::MemFileSystem nothing;
  nothing.put("/run/.metadata", "somebody's");
  EXPECT_EQ(open_dcp_weights(nothing, "/run").error().code, ErrorCode::kNotFound);
}

TEST(Dcp, NamesTheFilesThatOtherRanksKept) {
  Redescribed here;
  EXPECT_EQ(here.verdict(), "");
  ASSERT_TRUE(here.disk.remove("/run/__1_0.distcp"));
  EXPECT_THAT(here.verdict(), HasSubstr(".metadata: names __1_0.distcp, which is not there"));
}

TEST(Dcp, RefusesItemsThatAreNotWhatTheMetadataSays) {
  Redescribed cut;
  cut.metadata.tensors[0].boxes[1].length_bytes = 1578;
  EXPECT_THAT(cut.verdict(), HasSubstr("__1_0.distcp: tensor \"w\": the file ends"));
  Redescribed other;
  other.metadata.tensors[0].dtype = "float16";
  EXPECT_THAT(other.verdict(), HasSubstr("another dtype or shape"));
  Redescribed moved;
  moved.metadata.tensors[0].boxes[1].offset_bytes = 1;
  EXPECT_NE(moved.verdict(), "");
  Redescribed twice;
  twice.metadata.tensors[0].shape = {6, 3};
  EXPECT_THAT(twice.verdict(), HasSubstr("6 of its 18 elements are in no piece"));
}

TEST(Dcp, RefusesByNameWhatBytesWentThroughAndDtypesWithoutAName) {
  Redescribed packed;
  packed.metadata.transforms = "zstd";
  EXPECT_THAT(packed.verdict(), HasSubstr("\"zstd\" (transform_descriptors)"));
  Redescribed wide;
  wide.metadata.tensors[0].dtype = "complex128";
  EXPECT_THAT(wide.verdict(), HasSubstr("complex128"));
}

TEST(Dcp, SaysWhatItLeavesOut) {
  Redescribed run;
  run.metadata.tensors[0].path = {"model", "w"};
  FakeTensor moment = run.metadata.tensors[0];
  moment.name = "optimizer.w";
  moment.path = {"optimizer", "w"};
  moment.boxes[0].file = "__9_0.distcp";  // not looked for
  run.metadata.tensors.push_back(moment);
  EXPECT_EQ(run.verdict(), "");
  EXPECT_THAT(open_dcp_weights(run.disk, "/run")->set.warnings,
              ElementsAre(HasSubstr("optimizer is training state")));
}

}  // namespace
}  // namespace slipway::tensor
