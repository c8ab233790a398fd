// pickle/read.h - reads a pickle of protocols 0 to 5 without Python and without calling anything.
//
// Contract   Total: any bytes give a graph or an error. An opcode either does to a stack of values what it
//            does in Python, or is refused by name: extension codes, textual persistent ids and buffers
//            that lie elsewhere. `end()` of the graph is behind STOP: pickles may follow each other.
//            Secrets: read_dropping() is told which dict keys hold one. The moment such a pair is made, every
//            text under its value is overwritten in the input, which is all there is of it: texts are
//            places in the input, and no message quotes one. What the same object is used for elsewhere
//            is lost as well.
// Limits     Limits; nothing is allocated on a declared size
// Errors     "byte 17: REDUCE: ..."; kCorruptData (no pickle, or one that Python refuses too), kUnsupported
//            (a limit, an opcode), kRefused (a name that the policy does not take)
// Threads    value
// Source     CPython Lib/pickle.py (load_*), Lib/pickletools.py
#pragma once

#include "pickle/graph.h"
#include "pickle/policy.h"
#include "slipway/bytes.h"
#include "slipway/result.h"

namespace slipway::pickle {

struct Limits {
  std::size_t input_bytes_max = 1u << 30;
  std::size_t nodes_max = 1u << 19;
  std::size_t links_max = 1u << 22;  // from nodes to nodes, and the stack
  std::size_t depth_max = 256;
  std::size_t leaves_max = 1u << 26;  // written out without sharing; only for strict policies
};

using IsSecret = bool (*)(std::string_view key);

Result<Graph> read(Bytes input, const Policy& policy, const Limits& limits = {});
Result<Graph> read_dropping(MutableBytes input, IsSecret is_secret, const Policy& policy,
                            const Limits& limits = {});

}  // namespace slipway::pickle
