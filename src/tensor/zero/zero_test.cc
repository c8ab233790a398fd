#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "os/counting_file_system.h"
#include "os/mem_file_system.h"
#include "support/golden.h"
#include "tensor/torch/torch_test_support.h"
#include "tensor/zero/zero_files.h"
#include "tensor/zero/zero_weights.h"

namespace slipway::tensor {
namespace {

using testing::dict;
using testing::list;
using testing::number;
using testing::size_of;
using testing::text;
using testing::text_of;
using testing::TorchFileWriter;

const std::string kNone = "N";

std::vector<float> floats_of(const json::Value& values) {
  std::vector<float> found;
  for (const json::Value& value : values.items()) found.push_back(static_cast<float>(*value.as_double()));
  return found;
}
std::vector<std::uint64_t> shape_of(const json::Value& shape) {
  std::vector<std::uint64_t> found;
  for (const json::Value& extent : shape.items()) found.push_back(*extent.as_uint());
  return found;
}
std::string shapes_of(const json::Value& shapes) {
  std::vector<std::pair<std::string, std::string>> items;
  for (const auto& [name, shape] : shapes.members()) items.emplace_back(name, size_of(shape_of(shape)));
  return dict(items);
}

// A checkpoint as DeepSpeed lays it out, from one of the vectors.
class Checkpoint {
 public:
  explicit Checkpoint(const json::Value& one) : one_(one) {
    const bool third = one.find("zero_stage")->as_uint() == 3U;
    const json::Value& ranks = *one.find(third ? "fp32_flat_groups" : "rank_partitions");
    for (std::size_t rank = 0; rank < ranks.items().size(); ++rank) {
      if (third || rank == 0) put_model(rank, third);
      put_optim(rank, ranks.items()[rank], ranks.items().size(), third);
    }
    disk.put("/w/latest", "global_step7\n");
  }

  os::MemFileSystem disk{};

 private:
  void put_model(std::size_t rank, bool third) {
    TorchFileWriter writer;
    std::vector<std::pair<std::string, std::string>> module{
        {"scale", writer.floats({0.5F, 0.25F}, {2})}, {"count", writer.tensor("Long", "12345678", 8, {1})}};
    for (const auto& [name, value] : one_.find("expected")->members()) {
      if (value.find("alias_of") != nullptr) continue;
      const auto shape = shape_of(*value.find("shape"));
      std::uint64_t elements = 1;
      for (const std::uint64_t extent : shape) elements *= extent;
      module.emplace_back(name, third ? writer.tensor("BFloat16", "", 2, {0})
                                      : writer.tensor("BFloat16", std::string(2 * elements, 'b'), 2, shape));
    }
    if (third) module.emplace_back("tied", writer.tensor("BFloat16", "", 2, {0}));
    std::vector<std::string> groups;
    for (const json::Value& group : one_.find("param_shapes")->items()) groups.push_back(shapes_of(group));
    std::vector<std::pair<std::string, std::string>> fragments;
    if (const json::Value* all = one_.find("frozen_param_fragments")) {
      for (const auto& [name, values] : all->items()[rank].members())
        fragments.emplace_back(name, writer.floats(floats_of(values)));
    }
    std::vector<std::pair<std::string, std::string>> shared;
    if (const json::Value* pairs = one_.find("shared_params")) {
      for (const auto& [alias, source] : pairs->members()) shared.emplace_back(alias, text(source.string()));
    }
    const json::Value* frozen = one_.find("frozen_param_shapes");
    const std::string root = dict({{"module", dict(module)},
                                   {"buffer_names", list({text("scale"), text("count")})},
                                   {"param_shapes", list(groups)},
                                   {"frozen_param_shapes", frozen == nullptr ? kNone : shapes_of(*frozen)},
                                   {"frozen_param_fragments", fragments.empty() ? kNone : dict(fragments)},
                                   {"shared_params", dict(shared)},
                                   {"ds_version", text("0.19.6")}});
    disk.put(third ? fmt::format("/w/global_step7/zero_pp_rank_{}_mp_rank_00_model_states.pt", rank)
                   : "/w/global_step7/mp_rank_00_model_states.pt",
             writer.finish(root));
  }

  void put_optim(std::size_t rank, const json::Value& groups, std::size_t ranks, bool third) {
    TorchFileWriter writer;
    std::vector<std::string> parts;
    for (const json::Value& group : groups.items())
      parts.push_back(writer.floats(floats_of(group), {group.items().size()}));
    const std::string moments = writer.floats(std::vector<float>(1'000'000, 1e30F));
    std::vector<std::pair<std::string, std::string>> state{
        {"base_optimizer_state", dict({{"exp_avg", moments}})},
        {third ? "fp32_flat_groups" : "single_partition_of_fp32_groups", list(parts)},
        {"partition_count", third ? number(ranks) : list({number(ranks), number(1)})}};
    const bool bf16 = text_of(one_, "id").find("bf16") != std::string::npos;
    if (!bf16) {
      const std::string stage = "cdeepspeed.runtime.zero.config\nZeroStageEnum\n(" +
                                number(*one_.find("zero_stage")->as_uint()) + "tR";
      state.emplace_back("zero_stage", stage);
    }
    disk.put(fmt::format("/w/global_step7/{}zero_pp_rank_{}_mp_rank_00_optim_states.pt", bf16 ? "bf16_" : "",
                         rank),
             writer.finish(dict({{"optimizer_state_dict", dict(state)}})));
  }

  const json::Value& one_;
};

std::string failure_of(os::FileSystem& disk, const os::Path& folder = "/w") {
  const auto opened = open_zero_weights(disk, folder);
  return opened ? "" : describe(opened.error());
}

std::string bytes_of(const TensorSource& source, std::string_view name) {
  const auto at = std::ranges::find(source.catalogue(), name, &TensorInfo::name);
  if (at == source.catalogue().end()) return "not there";
  ByteVector out(at->size_bytes);
  const auto done = source.read(static_cast<std::size_t>(at - source.catalogue().begin()), 0, out);
  return done ? std::string(as_text(out)) : describe(done.error());
}

std::string text_of_floats(const std::vector<float>& values) {
  std::string bytes(values.size() * 4, '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

const json::Value& case_of(std::string_view id) {
  static const std::vector<json::Value> cases = testing::golden_cases("zero/zero_partitions.json");
  for (const json::Value& one : cases)
    if (text_of(one, "id") == id) return one;
  throw std::runtime_error("no such case");
}

TEST(Zero, EveryVectorGivesItsParameters) {
  for (const json::Value& one : testing::golden_cases("zero/zero_partitions.json")) {
    SCOPED_TRACE(text_of(one, "id"));
    Checkpoint checkpoint(one);
    const auto opened = open_zero_weights(checkpoint.disk, "/w");
    ASSERT_TRUE(opened) << describe(opened.error());
    const TensorSource& source = opened->masters ? *opened->masters : *opened->source;
    const auto& wanted = one.find("expected")->members();
    EXPECT_EQ(source.catalogue().size(), wanted.size() + 2);
    for (const auto& [name, value] : wanted) {
      const json::Value* alias = value.find("alias_of");
      const json::Value& of = alias == nullptr ? value : *one.find("expected")->find(alias->string());
      EXPECT_EQ(bytes_of(source, name), text_of_floats(floats_of(*of.find("data")))) << name;
      const auto info = std::ranges::find(source.catalogue(), name, &TensorInfo::name);
      EXPECT_EQ(info->shape, shape_of(*of.find("shape")));
    }
    EXPECT_EQ(bytes_of(source, "scale"), text_of_floats({0.5F, 0.25F}));
    EXPECT_EQ(bytes_of(source, "count"), "12345678");
    EXPECT_EQ(opened->set.own_dtype, (std::set<std::string>{"count", "scale"}));
  }
}

TEST(Zero, StagesOneAndTwoGiveTheModelsOwnWeightsAndTheMastersBeside) {
  Checkpoint checkpoint(case_of("z2_ws2"));
  const auto opened = open_zero_weights(checkpoint.disk, "/w");
  ASSERT_TRUE(opened) << describe(opened.error());
  EXPECT_EQ(bytes_of(*opened->source, "w1"), std::string(12, 'b'));
  ASSERT_NE(opened->masters, nullptr);
  EXPECT_EQ(opened->set.files.front(), "global_step7/mp_rank_00_model_states.pt");
}

// Stage 3 does not say what a tied parameter is tied to.
TEST(Zero, APlaceholderThatNoRankHoldsIsLeftOutAndSaid) {
  Checkpoint checkpoint(case_of("z3_ws3"));
  const auto opened = open_zero_weights(checkpoint.disk, "/w");
  ASSERT_TRUE(opened) << describe(opened.error());
  EXPECT_EQ(bytes_of(*opened->source, "tied"), "not there");
  ASSERT_EQ(opened->set.warnings.size(), 1u);
  EXPECT_NE(opened->set.warnings[0].find("has only a placeholder of \"tied\""), std::string::npos);
}

TEST(Zero, AStepsFolderAndACheckpointWithoutOptimizerAreReadToo) {
  Checkpoint checkpoint(case_of("z2_ws2"));
  EXPECT_EQ(failure_of(checkpoint.disk, "/w/global_step7"), "");
  for (int rank = 0; rank < 2; ++rank)
    ASSERT_TRUE(checkpoint.disk.remove(
        fmt::format("/w/global_step7/zero_pp_rank_{}_mp_rank_00_optim_states.pt", rank)));
  const auto opened = open_zero_weights(checkpoint.disk, "/w");
  ASSERT_TRUE(opened) << describe(opened.error());
  EXPECT_EQ(opened->masters, nullptr);
}

TEST(Zero, TheOptimizersMomentsAreNeverRead) {
  Checkpoint checkpoint(case_of("z3_ws3"));
  os::CountingFileSystem counting(checkpoint.disk);
  const auto opened = open_zero_weights(counting, "/w");
  ASSERT_TRUE(opened) << describe(opened.error());
  for (const TensorInfo& info : opened->source->catalogue()) (void)bytes_of(*opened->source, info.name);
  EXPECT_LT(counting.bytes_read(), 300'000u);  // three ranks keep 12 MB of them
}

TEST(Zero, AMissingRankIsNamed) {
  const std::string step = "/w/global_step7/";
  Checkpoint third(case_of("z3_ws3"));
  ASSERT_TRUE(third.disk.remove(step + "zero_pp_rank_1_mp_rank_00_optim_states.pt"));
  EXPECT_EQ(failure_of(third.disk),
            "zero_pp_rank_2_mp_rank_00_optim_states.pt: the optimizer states of rank 1 is missing: copy the "
            "whole checkpoint");
  Checkpoint second(case_of("z2_ws4"));
  ASSERT_TRUE(second.disk.remove(step + "zero_pp_rank_3_mp_rank_00_optim_states.pt"));
  EXPECT_EQ(failure_of(second.disk),
            step.substr(3) +
                "zero_pp_rank_0_mp_rank_00_optim_states.pt: is one of 4 ranks, and there are files "
                "of 3: copy the whole checkpoint");
  Checkpoint stubs(case_of("z3_ws3"));
  for (int rank = 0; rank < 3; ++rank)
    ASSERT_TRUE(stubs.disk.remove(fmt::format("{}zero_pp_rank_{}_mp_rank_00_optim_states.pt", step, rank)));
  EXPECT_NE(failure_of(stubs.disk).find("model states of 3 ranks and optimizer states of 0"),
            std::string::npos);
}

TEST(Zero, FilesOfOtherSavesDoNotMix) {
  Checkpoint three(case_of("z3_ws3"));
  Checkpoint two(case_of("z3_ws2_two_subgroups"));
  const std::string name = "/w/global_step7/zero_pp_rank_1_mp_rank_00_optim_states.pt";
  three.disk.put(name, *two.disk.text(name));
  EXPECT_NE(failure_of(three.disk), "");
}

// The vector `id` with another value under `key`.
json::Value bent(std::string_view id, const std::string& key, std::string_view value) {
  json::Value one = case_of(id);
  one.set(key, json::parse(value).value());
  return one;
}

TEST(Zero, PartsThatDoNotFitTheirParametersAreRefusedByName) {
  struct Row {
    const char* what;
    json::Value one;
    std::string says;
  };
  const std::string params = "param_shapes", parts = "rank_partitions", flat = "fp32_flat_groups";
  for (const Row& row : {
           Row{"parts shorter than the shapes", bent("z2_ws2", parts, "[[[0,1],[9]],[[2],[3]]]"),
               "group 0 of parameters has 3 elements, and \"w1\" needs more"},
           Row{"parts longer than the shapes", bent("z2_ws2", params, R"([{"w1":[1]},{"norm":[5]}])"),
               "group 0 of parameters has 9 elements, and its parameters 1"},
           Row{"a group more than named", bent("z2_ws2", params, R"([{"w1":[2,3],"b1":[3]}])"),
               "a rank holds 2 groups of parameters, the model states name 1"},
           Row{"a rank with fewer groups", bent("z2_ws2", parts, "[[[0,1,2,3,4,5],[9,10,11,12]],[[6,7,8]]]"),
               "a rank holds 1 groups of parameters, the model states name 2"},
           Row{"a shape that wraps",
               bent("z2_ws2", params, R"([{"w1":[4294967296,4294967296,3]},{"norm":[5]}])"),
               "tensor \"w1\": has a shape that nothing can hold"},
           Row{"a shape beyond all parts", bent("z2_ws2", params, R"([{"w1":[1099511627776]},{"norm":[5]}])"),
               "\"w1\" needs more"},
           Row{"ranks of two lengths", bent("z3_ws2_two_subgroups", flat, "[[[0,1,2]],[[3,4]]]"),
               "ranks hold vectors of 3 and of 2 elements"},
           Row{"stage 3, shorter than the shapes", bent("z3_ws2_two_subgroups", flat, "[[[0]],[[1]]]"),
               "needs more"},
           Row{"stage 3, longer than the shapes",
               bent("z3_ws2_two_subgroups", flat, "[[[0,1,2,3,4,5,6,7,8,9]],[[0,1,2,3,4,5,6,7,8,9]]]"),
               "each rank holds 10 elements, and the parameters take"},
       }) {
    Checkpoint checkpoint(row.one);
    const std::string said = failure_of(checkpoint.disk);
    EXPECT_TRUE(said.starts_with("global_step7/") && said.find("optim_states.pt: ") != std::string::npos)
        << row.what << ": " << said;
    EXPECT_NE(said.find(row.says), std::string::npos) << row.what << ": " << said;
  }
}

TEST(Zero, ARankThatStandsThereTwiceIsRefused) {
  Checkpoint checkpoint(case_of("z2_ws2"));
  const std::string name = "/w/global_step7/zero_pp_rank_1_mp_rank_00_optim_states.pt";
  checkpoint.disk.put("/w/global_step7/zero_pp_rank_01_mp_rank_00_optim_states.pt",
                      *checkpoint.disk.text(name));
  EXPECT_NE(failure_of(checkpoint.disk).find("is of a rank that stands there twice"), std::string::npos);
}

TEST(Zero, AFurtherRankOfALargerSaveIsRefused) {
  Checkpoint two(case_of("z2_ws2")), four(case_of("z2_ws4"));
  const std::string step = "/w/global_step7/";
  for (const char* rank :
       {"zero_pp_rank_2_mp_rank_00_optim_states.pt", "zero_pp_rank_3_mp_rank_00_optim_states.pt"})
    two.disk.put(step + rank, *four.disk.text(step + rank));
  EXPECT_NE(failure_of(two.disk).find("is one of 2 ranks, and there are files of 4"), std::string::npos);
}

TEST(Zero, LatestIsNoPath) {
  for (const char* tag : {"../other", "a/b", "", ".", "..", "a\nb", "/w/global_step7"}) {
    Checkpoint checkpoint(case_of("z2_ws2"));
    checkpoint.disk.put("/w/latest", tag);
    checkpoint.disk.put("/other/mp_rank_00_model_states.pt", "x");
    EXPECT_TRUE(failure_of(checkpoint.disk).starts_with("latest: names no folder beside it")) << tag;
  }
  Checkpoint checkpoint(case_of("z2_ws2"));
  checkpoint.disk.put("/w/latest", "global_step8");
  EXPECT_TRUE(failure_of(checkpoint.disk).starts_with("latest: names global_step8, which is not there"));
  ASSERT_TRUE(checkpoint.disk.remove("/w/latest"));
  EXPECT_TRUE(failure_of(checkpoint.disk).starts_with("latest: is missing beside global_step7"));
  os::MemFileSystem empty;
  empty.put_dir("/w");
  EXPECT_EQ(open_zero_weights(empty, "/w").error().code, ErrorCode::kNotFound);
}

TEST(Zero, AUniversalCheckpointIsRefusedByItsName) {
  Checkpoint checkpoint(case_of("z2_ws2"));
  checkpoint.disk.put("/w/global_step7/zero/a.weight/fp32.pt", "x");
  EXPECT_TRUE(failure_of(checkpoint.disk).starts_with("zero: is of a universal checkpoint"));
  os::MemFileSystem top;
  top.put("/w/latest_universal", "global_step7_universal");
  top.put("/w/global_step7_universal/mp_rank_00_model_states.pt", "x");
  EXPECT_TRUE(failure_of(top).starts_with("latest_universal: is of a universal checkpoint"));
  os::MemFileSystem other;
  other.put("/w/zero/notes.txt", "x");
  EXPECT_EQ(open_zero_weights(other, "/w").error().code, ErrorCode::kNotFound);
}

TEST(ZeroFiles, RanksAreCountedAsNumbers) {
  std::vector<std::string> names{"mp_rank_00_model_states.pt", "zero_to_fp32.py"};
  for (int rank = 11; rank >= 0; --rank)
    names.push_back(fmt::format("bf16_zero_pp_rank_{}_mp_rank_00_optim_states.pt", rank));
  const auto files = sort_zero_files(names);
  ASSERT_TRUE(files) << describe(files.error());
  EXPECT_EQ(files->optim[2], "bf16_zero_pp_rank_2_mp_rank_00_optim_states.pt");
  EXPECT_EQ(files->optim[11], "bf16_zero_pp_rank_11_mp_rank_00_optim_states.pt");
}

TEST(ZeroFiles, TheVectorsOrderIsOursAndItsMixOfTwoSavesIsRefused) {
  const json::Value root = testing::golden_json("zero/zero_partitions.json");
  std::vector<std::string> names{"mp_rank_00_model_states.pt"}, sorted;
  for (const json::Value& name : root.find("file_order")->find("input")->items())
    names.push_back(std::string(name.string()));
  const auto mixed = sort_zero_files(names);
  ASSERT_FALSE(mixed);
  EXPECT_NE(describe(mixed.error()).find("stands beside files of another save"), std::string::npos);
  for (std::string& name : names)
    if (name.starts_with("bf16_")) name.erase(0, 5);
  names.resize(5);
  for (int rank = 3; rank < 10; ++rank)
    names.push_back(fmt::format("zero_pp_rank_{}_mp_rank_00_optim_states.pt", rank));
  const auto files = sort_zero_files(names);
  ASSERT_TRUE(files) << describe(files.error());
  EXPECT_EQ(files->optim[10], "zero_pp_rank_10_mp_rank_00_optim_states.pt");
}

TEST(ZeroFiles, WhatIsNotPutTogetherIsRefusedByName) {
  const auto said = [](std::vector<std::string> names) {
    const auto files = sort_zero_files(names);
    return files ? "" : describe(files.error());
  };
  const std::string model = "mp_rank_00_model_states.pt";
  EXPECT_NE(said({model, "layer_0_expert_3_mp_rank_00_model_states.pt"}).find("the experts of a mixture"),
            std::string::npos);
  EXPECT_NE(said({model, "expp_rank_0_mp_rank_00_optim_states.pt"}).find("the experts"), std::string::npos);
  EXPECT_NE(said({model, "layer_03-model_00-model_states.pt"}).find("a pipeline"), std::string::npos);
  EXPECT_NE(said({model, "mp_rank_01_model_states.pt"}).find("tensor parallelism"), std::string::npos);
  EXPECT_NE(said({model, "zero_pp_rank_0_mp_rank_00_optim_states.pt",
                  "bf16_zero_pp_rank_1_mp_rank_00_optim_states.pt"})
                .find("another save"),
            std::string::npos);
}

}  // namespace
}  // namespace slipway::tensor
