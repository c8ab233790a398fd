// Pickles: any bytes are read or refused in one line, under each policy; nothing that a secret key holds
// stays in the input, and every node points at another one.
#include <cstdint>
#include <string>

#include "base/secret_setting.h"
#include "pickle/read.h"
#include "run/training_args.h"

namespace {

using namespace slipway;

void check_error(const Error& error) { SLIPWAY_CHECK(describe(error).find('\n') == std::string::npos); }

void check_graph(const pickle::Graph& graph, std::size_t size) {
  SLIPWAY_CHECK(graph.end() <= size && graph.root() < graph.size());
  for (pickle::NodeId id = 0; id < graph.size(); ++id) {
    const pickle::Node& node = graph.at(id);
    (void)graph.text(id);
    (void)graph.integer_text(id);
    SLIPWAY_CHECK(graph.raw(node.text).size() == node.text.size);
    for (std::size_t i = 0; i < pickle::child_count(node); ++i) {
      const pickle::NodeId below = pickle::child(node, i);
      SLIPWAY_CHECK(below == pickle::kNoNode || below < graph.size());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  for (const pickle::Policy* policy : {&pickle::weights_only(), &pickle::opaque()}) {
    const auto graph = pickle::read(as_bytes(bytes), *policy);
    if (graph) check_graph(*graph, size);
    if (!graph) check_error(graph.error());
  }
  const auto strict = pickle::read(as_bytes(bytes), pickle::weights_only());
  const auto open = pickle::read(as_bytes(bytes), pickle::opaque());
  SLIPWAY_CHECK(!strict || open);  // what torch takes without trust is taken with it

  const MutableBytes writable{reinterpret_cast<std::byte*>(bytes.data()), bytes.size()};
  const auto dropped = pickle::read_dropping(writable, is_secret_setting, pickle::opaque());
  SLIPWAY_CHECK(!dropped || open);
  if (dropped) {
    for (pickle::NodeId id = 0; id < dropped->size(); ++id) {
      const pickle::Node& node = dropped->at(id);
      if (!node.dropped || node.kind != pickle::Kind::kText) continue;
      SLIPWAY_CHECK(dropped->raw(node.text).find_first_not_of('\0') == std::string_view::npos);
    }
  }
  bytes.assign(reinterpret_cast<const char*>(data), size);
  const auto args = run::training_args_of({reinterpret_cast<std::byte*>(bytes.data()), bytes.size()});
  if (!args) check_error(args.error());
  return 0;
}
