// flow/observer.h - what a long piece of work tells whoever watches: phases, bytes, events.
//
// Contract   Calls never fail and never block for long.
// Threads    advance() from any thread; the others from the one that called the flow
// Doubles    an Observer as it stands is silent
#pragma once

#include <cstdint>
#include <string_view>

#include "model/fix.h"

namespace slipway::flow {

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void phase(std::string_view /*name*/, std::uint64_t /*total_bytes*/) {}
  virtual void advance(std::uint64_t /*bytes*/) {}
  virtual void event(std::string_view /*text*/) {}
};

}  // namespace slipway::flow
