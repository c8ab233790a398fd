// pickle/machine.h - the stack machine behind read.h: one member function an opcode.
//
// Threads    one thread
#pragma once

#include <map>

#include "pickle/cursor.h"
#include "pickle/read.h"

namespace slipway::pickle {

class Machine {
 public:
  using Done = Result<void>;

  // `writable` is the input or nothing.
  Machine(Bytes input, MutableBytes writable, IsSecret is_secret, const Policy& policy, const Limits& limits);
  Result<Graph> run();

  // opcodes.cc: constants
  Done protocol(), frame(), none();
  template <bool kValue>
  Done boolean();
  template <std::size_t kBytes>
  Done small_int();
  template <std::size_t kBytes>
  Done long_int();
  Done int_32(), int_line(), long_line(), float_bytes(), float_line();
  template <std::size_t kBytes>
  Done text();
  template <std::size_t kBytes>
  Done byte_string();
  template <std::size_t kBytes>
  Done old_string();
  Done quoted_line(), escaped_line();
  // containers
  Done mark(), pop(), pop_mark(), duplicate();
  template <Kind kKind>
  Done empty();
  template <Kind kKind>
  Done collect();
  template <std::size_t kCount>
  Done tuple();
  Done append(), appends(), add_items(), set_item(), set_items(), dict();
  // memo
  Done memoize(), put_line(), get_line();
  template <std::size_t kBytes>
  Done put();
  template <std::size_t kBytes>
  Done get();
  // objects
  Done global(), stack_global(), reduce(), new_object(), new_object_keywords(), build(), inst(), object(),
      persistent(), not_taken();

 private:
  Result<NodeId> add(Node node);
  Done push(NodeId id);
  Done push_new(Node node);
  Done push_known(NodeId& id, Node node);
  Result<NodeId> pop_one();
  Result<std::vector<NodeId>> pop_to_mark();
  Result<NodeId> top() const;
  Done count_links(std::size_t count);
  Done add_item(NodeId target, NodeId item);
  Done add_pair(NodeId target, NodeId key, NodeId value);
  Done remember(std::uint64_t index, NodeId id);
  Done recall(std::uint64_t index);
  Done push_global(Place module, Place name);
  Done check_role(NodeId global, Role role) const;
  Done push_object(Kind kind, NodeId callee, NodeId arguments, NodeId keywords, Role role);
  bool names_member(const Node& arguments) const;
  Done push_instance(NodeId callee, std::vector<NodeId> arguments);
  void drop(NodeId value);
  bool drop_text(Node& node);
  Done step();

  Node& at(NodeId id) { return graph_.nodes_[id]; }
  const Node& at(NodeId id) const { return graph_.nodes_[id]; }

  MutableBytes writable_;
  IsSecret is_secret_;
  const Policy& policy_;
  Limits limits_;
  Cursor cursor_;
  Graph graph_{};
  std::vector<NodeId> stack_{};
  std::vector<std::size_t> marks_{};
  std::map<std::uint64_t, NodeId> memo_{};
  NodeId none_ = kNoNode, true_ = kNoNode, false_ = kNoNode;
  std::size_t links_ = 0;
  bool stopped_ = false;
};

struct Opcode {
  std::uint8_t code = 0;
  std::string_view name{};
  Machine::Done (Machine::*run)() = nullptr;  // of STOP: none
};
const Opcode* find_opcode(std::uint8_t code);

// Depth, loops and growth of what is reachable from the root.
Result<void> check_shape(const Graph& graph, const Limits& limits, bool strict);

}  // namespace slipway::pickle
