// pickle/graph.h - what a Python pickle describes, as values and names. Nothing in it was ever called.
//
// Contract   A call stands there as callee, arguments and state; a class as its name. Texts are places in the
//            input, decoded only when asked for: the input must outlive the graph. Nodes point at each
//            other by number, so that loops are harmless and destruction does not recurse.
// Threads    value
// Source     CPython Lib/pickle.py, Lib/pickletools.py
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slipway/bytes.h"

namespace slipway::pickle {

using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0xffffffff;

enum class Kind : std::uint8_t {
  kNone,
  kBool,
  kInt,
  kFloat,
  kText,
  kBytes,
  kList,
  kTuple,
  kDict,
  kSet,
  kGlobal,      // a class or function, by name
  kCall,        // callee(*arguments)
  kInstance,    // callee.__new__(callee, *arguments)
  kPersistent,  // what a reader outside of the pickle would supply; `arguments` is its id
};

enum class Form : std::uint8_t {
  kPlain,    // texts: UTF-8; numbers: in the node
  kQuoted,   // texts: the inside of a Python 2 string literal
  kEscaped,  // texts: raw-unicode-escape
  kLittle,   // numbers past 64 bits: two's complement, little-endian
  kDigits,   // numbers past 64 bits: decimal
};

struct Place {
  std::uint32_t at = 0;
  std::uint32_t size = 0;
};

struct Node {
  Kind kind = Kind::kNone;
  Form form = Form::kPlain;
  bool boolean = false;
  bool dropped = false;  // what it held, or was still to hold, is a secret; texts are gone from the input
  Place text{};          // texts, bytes, long numbers; a global's module
  Place name{};          // a global's
  std::int64_t integer = 0;
  double number = 0;
  NodeId callee = kNoNode;
  NodeId arguments = kNoNode;
  NodeId keywords = kNoNode;
  NodeId state = kNoNode;
  std::vector<NodeId> items{};                     // lists, tuples, sets; what an object was given as a list
  std::vector<std::pair<NodeId, NodeId>> pairs{};  // dicts; what an object was given as a dict
};

class Graph {
 public:
  const Node& at(NodeId id) const { return nodes_[id]; }
  std::size_t size() const { return nodes_.size(); }
  NodeId root() const { return root_; }
  std::size_t end() const { return end_; }  // of the pickle in the input
  // Keys of which the value was dropped, as they stand in the input.
  const std::vector<NodeId>& dropped_keys() const { return dropped_keys_; }

  std::string_view raw(Place place) const;
  std::optional<std::string> text(NodeId id) const;          // of texts that are not dropped
  std::optional<std::string> integer_text(NodeId id) const;  // of whole numbers up to 256 bytes

 private:
  friend class Machine;
  std::string_view input_{};
  std::vector<Node> nodes_{};
  std::vector<NodeId> dropped_keys_{};
  NodeId root_ = kNoNode;
  std::size_t end_ = 0;
};

// A node's children, some of them kNoNode.
std::size_t child_count(const Node& node);
NodeId child(const Node& node, std::size_t index);

}  // namespace slipway::pickle
