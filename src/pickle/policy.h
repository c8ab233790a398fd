// pickle/policy.h - which names and opcodes a reader stands for. Nothing is called under any policy.
//
// Contract   weights_only(): what torch takes without trusting a file, for state dicts. opaque(): objects of
//            any library, kept as names, but for names that only an attack would hold: those refuse the
//            file, so that what a person may load later with Python is not called harmless here.
// Threads    share freely
// Source     torch _weights_only_unpickler.py, CPython Lib/pickle.py
#pragma once

#include <cstdint>
#include <string_view>

namespace slipway::pickle {

enum class Role : std::uint8_t { kName, kCall, kInstance, kBuild };

class Policy {
 public:
  virtual ~Policy() = default;
  virtual bool takes_opcode(std::uint8_t code) const = 0;
  virtual bool takes_global(std::string_view module, std::string_view name, Role role) const = 0;
  virtual bool strict() const = 0;  // no loops, no graph that grows when written out, only what it says
};

const Policy& weights_only();
const Policy& opaque();

bool is_storage_class(std::string_view module, std::string_view name);
// Early releases of Python 3.11 (3.11.2 in Debian 12) write a member of an enum as getattr(class, "NAME"). It
// may be called for that alone.
bool is_getattr(std::string_view module, std::string_view name);

}  // namespace slipway::pickle
