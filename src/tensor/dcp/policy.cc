#include "tensor/dcp/policy.h"

#include <algorithm>
#include <array>
#include <span>

namespace slipway::tensor {
namespace {

using pickle::Role;
using Names = std::span<const std::string_view>;

bool has(Names names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

// torch 1.12 and 1.13 kept the package under _shard.
constexpr auto kMetadataModules = std::to_array<std::string_view>(
    {"torch.distributed.checkpoint.metadata", "torch.distributed._shard.checkpoint.metadata"});
constexpr auto kMetadataClasses =
    std::to_array<std::string_view>({"Metadata", "TensorStorageMetadata", "BytesStorageMetadata",
                                     "ChunkStorageMetadata", "MetadataIndex", "StorageMeta"});
constexpr auto kPropertyModules = std::to_array<std::string_view>(
    {"torch.distributed.checkpoint.metadata", "torch.distributed._shard.sharded_tensor.metadata"});
constexpr auto kMemoryFormats =
    std::to_array<std::string_view>({"_MEM_FORMAT_ENCODING", "MEM_FORMAT_ENCODING"});
constexpr auto kStorageModules = std::to_array<std::string_view>(
    {"torch.distributed.checkpoint.filesystem", "torch.distributed._shard.checkpoint.filesystem"});
// 3.13 names the class by the file it moved to, 3.14 as before.
constexpr auto kPathModules = std::to_array<std::string_view>({"pathlib", "pathlib._local"});
constexpr auto kPathClasses = std::to_array<std::string_view>(
    {"PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath", "Path", "PurePath"});

constexpr auto kDtypes = std::to_array<std::string_view>({"float64",
                                                          "float32",
                                                          "float16",
                                                          "bfloat16",
                                                          "int64",
                                                          "int32",
                                                          "int16",
                                                          "int8",
                                                          "uint8",
                                                          "uint16",
                                                          "uint32",
                                                          "uint64",
                                                          "bool",
                                                          "complex32",
                                                          "complex64",
                                                          "complex128",
                                                          "float8_e4m3fn",
                                                          "float8_e5m2",
                                                          "float8_e4m3fnuz",
                                                          "float8_e5m2fnuz",
                                                          "float8_e8m0fnu",
                                                          "float4_e2m1fn_x2",
                                                          "qint8",
                                                          "quint8",
                                                          "qint32"});

class DcpMetadataPolicy : public pickle::Policy {
 public:
  bool takes_opcode(std::uint8_t code) const override {
    constexpr std::string_view kTaken =
        "\x80.(N\x88\x89JKM\x8aGXU}])\x8ft\x85\x86\x87"
        "aesuqrhjcR\x81"
        "b\x95\x94\x8c\x8d\x93";
    return kTaken.find(static_cast<char>(code)) != std::string_view::npos;
  }

  bool takes_global(std::string_view module, std::string_view name, Role role) const override {
    // Early releases of Python 3.11 write an enum's member so; the reader sees to it that it is one.
    if (pickle::is_getattr(module, name)) return role == Role::kName || role == Role::kCall;
    if (has(kPropertyModules, module) && has(kMemoryFormats, name))
      return role == Role::kName || role == Role::kCall;
    if (has(kPropertyModules, module) && name == "TensorProperties") return role != Role::kCall;
    if (has(kMetadataModules, module) && has(kMetadataClasses, name)) return role != Role::kCall;
    if (has(kStorageModules, module)) return name == "_StorageInfo" && role != Role::kCall;
    if (has(kPathModules, module)) return has(kPathClasses, name) && role != Role::kBuild;
    if (module == "torch.serialization") return name == "_get_layout" && role <= Role::kCall;
    if (module == "collections") return name == "OrderedDict";
    if (module != "torch") return false;
    return name == "Size" ? role != Role::kBuild : has(kDtypes, name) && role == Role::kName;
  }

  bool strict() const override { return true; }
};

}  // namespace

const pickle::Policy& dcp_metadata_policy() {
  static const DcpMetadataPolicy policy;
  return policy;
}

}  // namespace slipway::tensor
