#include "tensor/dcp/metadata_test_support.h"

#include <fmt/format.h>

namespace slipway::tensor {
namespace {

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

std::string text(std::string_view value) { return "X" + little(value.size(), 4) + std::string(value); }
std::string number(std::uint64_t value) { return std::string("\x8a\x08") + little(value, 8); }
std::string global(std::string_view module, std::string_view name) {
  return fmt::format("c{}\n{}\n", module, name);
}
std::string call(const std::string& callee, const std::string& arguments) {
  return callee + "(" + arguments + "tR";
}
std::string dict(const std::string& pairs) { return "}(" + pairs + "u"; }
std::string object(const std::string& type, const std::string& state) {
  return type + ")\x81" + (state.empty() ? "" : state + "b");
}

std::string size(const std::vector<std::uint64_t>& numbers) {
  std::string items;
  for (const std::uint64_t n : numbers) items += number(n);
  return call(global("torch", "Size"), "(" + items + "t");
}

class Printer {
 public:
  explicit Printer(const FakeMetadata& metadata) : metadata_(metadata) {}

  std::string print() const {
    std::string entries, paths, places;
    for (const FakeTensor& tensor : metadata_.tensors) {
      entries += text(tensor.name) + entry(tensor);
      if (metadata_.planner_data) paths += text(tensor.name) + path(tensor.path);
      for (const FakeBox& box : tensor.boxes)
        if (metadata_.store_boxes) places += index(tensor.name, size(box.at)) + place(box);
    }
    for (const std::string& name : metadata_.objects) {
      entries += text(name) + object(of_metadata("BytesStorageMetadata"), "");
      places += index(name, "N") + place({});
    }
    return "\x80\x02" +
           object(of_metadata("Metadata"),
                  dict(text("state_dict_metadata") + dict(entries) + text("planner_data") +
                       (metadata_.planner_data ? dict(paths) : "N") + text("storage_data") + dict(places) +
                       text("storage_meta") + storage_meta() + text("version") + "N")) +
           ".";
  }

 private:
  std::string of_metadata(std::string_view name) const { return global(metadata_.metadata_module, name); }

  std::string storage_meta() const {
    const std::string folder = call("c" + metadata_.path_class + "\n", text("/") + text("run"));
    return object(of_metadata("StorageMeta"), dict(text("checkpoint_id") + folder + text("save_id") + "N"));
  }

  std::string index(const std::string& name, const std::string& offset) const {
    return object(of_metadata("MetadataIndex"),
                  dict(text("fqn") + text(name) + text("offset") + offset + text("index") + "N"));
  }

  std::string place(const FakeBox& box) const {
    std::string state = text("relative_path") + text(box.file) + text("offset") + number(box.offset_bytes) +
                        text("length") + number(box.length_bytes);
    if (!metadata_.transforms.empty())
      state += text("transform_descriptors") + "(" + text(metadata_.transforms) + "t";
    return object(global(metadata_.storage_module, "_StorageInfo"), dict(state));
  }

  static std::string path(const std::vector<std::string>& steps) {
    std::string items;
    for (const std::string& step : steps) items += text(step);
    return "(" + items + "t";
  }

  std::string entry(const FakeTensor& tensor) const {
    const std::string layout = call(global("torch.serialization", "_get_layout"), text("torch.strided"));
    const std::string format =
        call(global(metadata_.property_module, metadata_.memory_format), "K" + little(0, 1));
    const std::string state = "(" + global("torch", tensor.dtype) + layout + "\x89" + format + "\x89t";
    std::string chunks = "](";
    for (const FakeBox& box : tensor.boxes)
      chunks += object(of_metadata("ChunkStorageMetadata"),
                       dict(text("offsets") + size(box.at) + text("sizes") + size(box.extent)));
    return object(
        of_metadata("TensorStorageMetadata"),
        dict(text("properties") + object(global(metadata_.property_module, "TensorProperties"), state) +
             text("size") + size(tensor.shape) + text("chunks") + chunks + "e"));
  }

  const FakeMetadata& metadata_;
};

}  // namespace

std::string print_metadata(const FakeMetadata& metadata) { return Printer(metadata).print(); }

}  // namespace slipway::tensor
