// os/process.h - the real clock, dice and environment of this process.
//
// Threads    share freely
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

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

// This processor's, or the portable one where SLIPWAY_CPU says "portable": for tests and for doubt.
Cpu usable_cpu(const Environment& environment);

// A crash must not leave a token on disk, nor hand it to a handler of crashes.
void forbid_core_files();

// What top and pgrep show: not the loader's name, which starts the program in a bundle.
void name_process(const char* name);

std::string process_text();  // "HOST, process 4711"

// When the launcher began, in Unix time: the nearest ancestor whose environment has none of `variables`,
// which it gives to the processes that it starts. 0 where that cannot be told.
std::int64_t launcher_start_unix_ms(std::span<const std::string_view> variables);

}  // namespace slipway::os
