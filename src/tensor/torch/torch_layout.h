// tensor/torch/torch_layout.h - where pickle and storages lie in a file of torch.save: in the records of a
// zip archive, or one behind the other in the stream of torch before 1.6.
//
// Contract   A storage's key is a name inside of the file, never a path.
// Errors     kCorruptData; kUnsupported naming tar, TorchScript, the preview of 1.6, compressed records;
//            kRefused from the pickle
// Threads    value
// Source     pytorch caffe2/serialize/inline_container.cc, torch/serialization.py (_legacy_save)
#pragma once

#include <string>
#include <unordered_map>

#include "pickle/read.h"
#include "slipway/file_system.h"

namespace slipway::tensor {

struct TorchStorage {
  std::uint64_t offset_bytes = 0;  // from the start of the file
  std::uint64_t size_bytes = 0;
};

struct TorchLayout {
  ByteVector pickle{};    // what the graph's texts lie in
  pickle::Graph graph{};  // of what was saved
  std::unordered_map<std::string, TorchStorage> storages{};
  bool big_endian = false;
};

// What a persistent id of the graph says of a storage.
struct StorageId {
  std::string class_name{};
  std::string key{};
  std::uint64_t elements = 0;  // of an untyped one: bytes
  bool untyped = false;
  pickle::NodeId view = pickle::kNoNode;  // of the stream: which part of the storage is meant, or None
};
Result<StorageId> storage_id(const pickle::Graph& graph, pickle::NodeId persistent);
Result<std::uint64_t> element_bytes_of(const StorageId& id);

Result<TorchLayout> read_torch_layout(os::ReadFile& file, std::uint64_t offset_bytes,
                                      std::uint64_t size_bytes, const pickle::Policy& policy);

}  // namespace slipway::tensor
