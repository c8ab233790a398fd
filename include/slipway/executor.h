// slipway/executor.h - the only way to run, wait or sleep, and the only clock and dice.
//
// Floor      os
// Contract   Nothing is detached: run() returns when every task has ended. Tasks report through what
//            they capture; they do not throw.
// Threads    share freely
// Doubles    os/virtual_executor.h runs tasks on the calling thread in a seeded order and moves a
//            virtual clock, so that a whole publish can be replayed from one number.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "slipway/bytes.h"

namespace slipway::os {

using Millis = std::chrono::milliseconds;

class Executor {
 public:
  using Task = std::move_only_function<void()>;

  virtual ~Executor() = default;
  // Runs all tasks, at most `in_flight_max` (at least 1) at the same time.
  virtual void run(std::vector<Task> tasks, std::size_t in_flight_max) = 0;
  virtual void sleep(Millis duration) = 0;  // returns early once interrupted() is true
  virtual bool interrupted() const = 0;     // SIGINT or SIGTERM was seen
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Millis steady() = 0;         // since some fixed start; never goes back
  virtual std::int64_t unix_ms() = 0;  // wall clock, UTC
};

class Dice {
 public:
  virtual ~Dice() = default;
  virtual void fill(MutableBytes out) = 0;  // unpredictable
  double fraction();                        // [0, 1)
};

}  // namespace slipway::os
