#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "os/mem_file_system.h"
#include "support/golden.h"
#include "tensor/torch/state_dict.h"
#include "tensor/torch/torch_test_support.h"
#include "tensor/torch/torch_weights.h"

namespace slipway::tensor {
namespace {

using testing::text_of;
using testing::zip_of;
using namespace std::string_literals;

std::string bytes_of(const json::Value& one, std::string_view key = "file_b64") {
  return base64_decode(text_of(one, key)).value();
}

json::Value torch_case(std::string_view id) {
  for (const json::Value& one : testing::golden_cases("pickle/torch_zip.json"))
    if (text_of(one, "id") == id) return one;
  throw std::runtime_error("no such case");
}

struct Opened {
  os::MemFileSystem disk{};
  Result<OpenedWeights> weights = fail(ErrorCode::kInternal, "not opened");

  explicit Opened(const std::string& bytes) {
    disk.put("/w/pytorch_model.bin", bytes);
    weights = open_torch_weights(disk, "/w", "pytorch_model");
  }
  std::string failure() const { return weights ? "" : describe(weights.error()); }
  std::string bytes(std::size_t tensor) const {
    ByteVector out(weights->source->catalogue()[tensor].size_bytes);
    const auto done = weights->source->read(tensor, 0, out);
    return done ? std::string(as_text(out)) : describe(done.error());
  }
  std::size_t find(std::string_view name) const {
    const auto catalogue = weights->source->catalogue();
    return static_cast<std::size_t>(std::ranges::find(catalogue, name, &TensorInfo::name) -
                                    catalogue.begin());
  }
};

std::string shape_of(const json::Value& tensor) {
  std::string text;
  for (const json::Value& extent : tensor.find("shape")->items())
    text += fmt::format("{},", *extent.as_uint());
  return text;
}

void expect_tensors(const Opened& opened, const json::Value& wanted) {
  ASSERT_TRUE(opened.weights) << opened.failure();
  EXPECT_EQ(opened.weights->source->catalogue().size(), wanted.members().size());
  for (const auto& [name, tensor] : wanted.members()) {
    SCOPED_TRACE(name);
    const std::size_t at = opened.find(name);
    ASSERT_LT(at, opened.weights->source->catalogue().size());
    const TensorInfo& info = opened.weights->source->catalogue()[at];
    EXPECT_EQ(dtype_name(info.dtype), text_of(tensor, "dtype"));
    EXPECT_EQ(fmt::format("{}{}", fmt::join(info.shape, ","), info.shape.empty() ? "" : ","),
              shape_of(tensor));
    EXPECT_EQ(opened.bytes(at), bytes_of(tensor, "data_b64"));
  }
}

TEST(TorchFile, EveryVectorGivesItsTensorsOrIsRefused) {
  for (const json::Value& one : testing::golden_cases("pickle/torch_zip.json")) {
    SCOPED_TRACE(text_of(one, "id"));
    const Opened opened(bytes_of(one));
    const std::string verdict = text_of(one, "verdict");
    if (text_of(one, "id") == "rezipped_deflate" || verdict.find("reject") != std::string::npos)
      EXPECT_NE(opened.failure(), "");
    else
      expect_tensors(opened, *one.find("tensors"));
  }
}

TEST(TorchFile, RefusalsNameTheFileAndTheFault) {
  const auto said = [](std::string_view id) { return Opened(bytes_of(torch_case(id))).failure(); };
  const std::string at = "pytorch_model.bin: ";
  EXPECT_EQ(said("view_out_of_bounds"), at + "tensor \"w\": reaches past the end of its storage");
  EXPECT_EQ(said("storage_record_missing"), at + "its record data/7 is missing: copy the file again");
  EXPECT_EQ(said("torchscript"),
            at + "is a TorchScript archive, which holds a program; save the model's state_dict instead");
  EXPECT_EQ(said("rezipped_deflate"),
            at + "archive/byteorder is compressed; save the file anew with torch.save");
  EXPECT_EQ(Opened("PYTORCH1").failure(), at + "is of a preview of torch 1.6 that nothing reads any more");
  EXPECT_EQ(Opened(std::string(257, '\0') + "ustar" + std::string(250, '\0')).failure(),
            at + "is of torch's oldest layout (tar); load it with torch and save it again");
  EXPECT_EQ(Opened("nothing").failure(),
            at + "is no file that torch.save wrote: copy it again or save the model again");
}

TEST(TorchFile, TensorsThatAreOneRangeOfAStorageHaveOneExtent) {
  const Opened opened(bytes_of(torch_case("shared_storage_views")));
  ASSERT_TRUE(opened.weights) << opened.failure();
  const auto catalogue = opened.weights->source->catalogue();
  const TensorInfo& a = catalogue[opened.find("emb")];
  const TensorInfo& b = catalogue[opened.find("head")];
  EXPECT_EQ(a.file_offset_bytes, b.file_offset_bytes);
  EXPECT_NE(opened.weights->source->extent(opened.find("emb")), nullptr);
  EXPECT_EQ(opened.weights->source->extent(opened.find("emb_T")), nullptr);
}

json::Value old_stream() { return *testing::golden_json("pickle/pickle_cases.json").find("legacy_file"); }

TEST(TorchFile, TheStreamOfOldTorchGivesItsTensors) {
  expect_tensors(Opened(bytes_of(old_stream())), *old_stream().find("tensors"));
}

TEST(TorchFile, AStreamThatIsCutIsRefusedWhereverItIs) {
  const std::string whole = bytes_of(old_stream());
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(Opened(whole.substr(0, size)).failure(), "") << size;
}

TEST(TorchFile, WhatIsNoTensorIsNamed) {
  const Opened opened(bytes_of(torch_case("nested_param_fp8")));
  ASSERT_TRUE(opened.weights) << opened.failure();
  ASSERT_EQ(opened.weights->set.warnings.size(), 1u);
  EXPECT_EQ(opened.weights->set.warnings[0].substr(0, 66),
            "pytorch_model.bin: holds 10 values that are no part of the weights");
}

// {"w": what `rebuild` makes of a storage of eight bytes}
std::string saved(const std::string& rebuild) {
  return zip_of({{"data.pkl", "\x80\2}X\1\0\0\0w"s + rebuild + "s."}, {"data/0", "01234567"}});
}
std::string storage(const std::string& type, int elements) {
  return "(X\7\0\0\0storagec"s + type + "\nX\1\0\0\0000X\3\0\0\0cpuK"s + static_cast<char>(elements) + "tQ";
}
const std::string kFloats = storage("torch\nFloatStorage", 2);
const std::string kV2 = "ctorch._utils\n_rebuild_tensor_v2\n("s;
const std::string kTwo = "K\2\x85K\1\x85"s;  // shape (2,), stride (1,)

TEST(TorchFile, RebuildsAllThatAStateDictHolds) {
  const std::vector<std::pair<const char*, std::string>> cases{
      {"v2", kV2 + kFloats + "K\0"s + kTwo + "\x89}tR"s},
      {"without hooks", "ctorch._utils\n_rebuild_tensor\n(" + kFloats + "K\0"s + kTwo + "tR"},
      {"metadata", kV2 + kFloats + "K\0"s + kTwo + "\x89}}tR"s},
      {"parameter with state", "ctorch._utils\n_rebuild_parameter_with_state\n(" + kV2 + kFloats + "K\0"s +
                                   kTwo + "\x89}tR\x88}}tR"s},
      {"typed",
       "ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nctorch.nn."
       "parameter\nParameter\n(" +
           kFloats + "K\0"s + kTwo + "\x89}t}tR"s},
  };
  for (const auto& [what, rebuild] : cases) {
    SCOPED_TRACE(what);
    const Opened opened(saved(rebuild));
    ASSERT_TRUE(opened.weights) << opened.failure();
    EXPECT_EQ(opened.weights->source->catalogue()[0].dtype, Dtype::kF32);
    EXPECT_EQ(opened.bytes(0), "01234567");
  }
}

TEST(TorchFile, NamesEveryKindThatItDoesNotRead) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {kV2 + kFloats + "K\0"s + kTwo + "\x89}}X\4\0\0\0conj\x88stR"s,
       "tensor \"w\": is stored as the conjugate of another; call resolve_conj() before it is saved"},
      {kV2 + kFloats + "K\0"s + kTwo + "\x89}}X\3\0\0\0neg\x88stR"s,
       "tensor \"w\": is stored as the negative of another; call resolve_neg() before it is saved"},
      {kV2 + storage("torch\nQInt8Storage", 8) + "K\0"s + kTwo + "\x89}tR"s, "QInt8Storage"},
      {kV2 + storage("torch\nComplexDoubleStorage", 1) + "K\0"s + kTwo + "\x89}tR"s, "ComplexDoubleStorage"},
      {kV2 + storage("torch.storage\nUntypedStorage", 8) + "K\0"s + kTwo + "\x89}tR"s, "without a type"},
      {"ctorch._utils\n_rebuild_qtensor\n(tR", "torch._utils._rebuild_qtensor has no place here"},
      {"ctorch._utils\n_rebuild_sparse_tensor\n(tR", "torch._utils._rebuild_sparse_tensor has no place here"},
      {"ctorch._utils\n_rebuild_tensor_v3\n(" + storage("torch.storage\nUntypedStorage", 8) + "K\0"s + kTwo +
           "\x89}ctorch\ncomplex128\ntR"s,
       "complex128"},
      {kV2 + kFloats + "K\0K\2\x85K\1K\1\x86\x89}tR"s, "another number of strides"},
      {kV2 + kFloats + "J\xff\xff\xff\xff"s + kTwo + "\x89}tR"s, "or no offset"},
      {kV2 + kFloats +
           "K\0\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x86"s
           "K\0K\0\x86\x89}tR"s,
       "a shape that nothing can hold"},
      {kV2 + kFloats + "K\0\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x0f\x85K\0\x85\x89}tR"s,
       "the tensors repeat what their files hold"},
      {"K\7", "holds no tensors"},
  };
  for (const auto& [rebuild, words] : cases) {
    const std::string failure = Opened(saved(rebuild)).failure();
    EXPECT_TRUE(failure.starts_with("pytorch_model.bin: ") || words.starts_with("the tensors repeat"))
        << failure;
    EXPECT_NE(failure.find(words), std::string::npos) << words << ": " << failure;
  }
}

TEST(TorchFile, OneNameForTwoTensorsIsRefused) {
  const std::string tensor = kV2 + kFloats + "K\0"s + kTwo + "\x89}tR"s;
  const std::string twice =
      zip_of({{"data.pkl", "\x80\2}(X\3\0\0\0a.b"s + tensor + "X\1\0\0\0a}X\1\0\0\0b"s + tensor + "su."},
              {"data/0", "01234567"}});
  EXPECT_EQ(Opened(twice).failure(),
            "pytorch_model.bin: tensor \"a.b\" stands twice in it; save the model again");
}

TEST(TorchWeights, ShardsAreComparedWithTheirIndex) {
  os::MemFileSystem disk;
  const std::string tensor = kV2 + kFloats + "K\0"s + kTwo + "\x89}tR"s;
  const auto shard = [&](const std::string& name) {
    return zip_of({{"data.pkl", "\x80\2}X\1\0\0\0"s + name + tensor + "s."}, {"data/0", "01234567"}});
  };
  const auto failure = [&] {
    const auto opened = open_torch_weights(disk, "/w", "pytorch_model");
    return opened ? "" : describe(opened.error());
  };
  EXPECT_EQ(open_torch_weights(disk, "/w", "pytorch_model").error().code, ErrorCode::kNotFound);
  disk.put("/w/pytorch_model-00001-of-00002.bin", shard("a"));
  disk.put("/w/pytorch_model-00002-of-00002.bin", shard("b"));
  disk.put("/w/pytorch_model-00003-of-00003.bin", shard("c"));
  disk.put("/w/pytorch_model.bin.index.json",
           R"({"metadata":{"total_size":16},"weight_map":{"a":"pytorch_model-00001-of-00002.bin",)"
           R"("b":"pytorch_model-00002-of-00002.bin"}})");
  const auto opened = open_torch_weights(disk, "/w", "pytorch_model");
  ASSERT_TRUE(opened) << failure();
  EXPECT_EQ(opened->source->catalogue().size(), 2u);
  EXPECT_EQ(opened->source->catalogue()[1].file, "pytorch_model-00002-of-00002.bin");
  EXPECT_EQ(opened->set.stale, std::vector<std::string>{"pytorch_model-00003-of-00003.bin"});
  EXPECT_TRUE(opened->set.warnings.empty());
  disk.put("/w/pytorch_model-00002-of-00002.bin", shard("a"));
  EXPECT_NE(failure().find("stands in pytorch_model-00001-of-00002.bin and in"), std::string::npos);
  ASSERT_TRUE(disk.remove("/w/pytorch_model-00002-of-00002.bin"));
  EXPECT_EQ(failure(),
            "pytorch_model-00002-of-00002.bin: the shard is missing, though "
            "pytorch_model.bin.index.json names it: copy it here or save the model again");
}

}  // namespace
}  // namespace slipway::tensor
