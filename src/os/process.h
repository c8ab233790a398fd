// os/process.h - the real clock, dice and environment of this process.
//
// Threads    share freely
#pragma once

#include <string>

#include "os/world.h"

namespace slipway::os {

class SystemClock : public Clock {
 public:
  Millis steady() override;
  std::int64_t unix_ms() override;
};

class RandomDice : public Dice {
 public:
  void fill(MutableBytes out) override;
};

class ProcessEnvironment : public Environment {
 public:
  std::optional<std::string> get(std::string_view name) const override;
};

std::string process_text();  // "HOST, process 4711"

}  // namespace slipway::os
