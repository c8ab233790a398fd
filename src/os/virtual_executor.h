// os/virtual_executor.h - an Executor, a clock and dice that can be replayed from one seed.
//
// Contract   Tasks run on the calling thread, in an order drawn from the seed; sleep moves the clock at
//            once. Nothing ever waits.
// Threads    dice and clock serve any thread; the executor and the environment belong to one
#pragma once

#include <atomic>
#include <map>
#include <string>

#include "os/world.h"

namespace slipway::os {

// A small generator that gives the same numbers everywhere.
class SeededDice : public Dice {
 public:
  explicit SeededDice(std::uint64_t seed = 1) : state_(seed) {}
  void fill(MutableBytes out) override;
  std::uint64_t next();

 private:
  std::atomic<std::uint64_t> state_;
};

class VirtualClock : public Clock {
 public:
  Millis steady() override { return Millis(now_.load()); }
  std::int64_t unix_ms() override { return 1'750'000'000'000 + now_.load(); }
  void advance(Millis duration) { now_ += duration.count(); }

 private:
  std::atomic<std::int64_t> now_{0};  // milliseconds
};

class VirtualExecutor : public Executor {
 public:
  explicit VirtualExecutor(VirtualClock& clock, std::uint64_t seed = 1) : clock_(clock), dice_(seed) {}
  void run(std::vector<Task> tasks, std::size_t in_flight_max) override;
  void sleep(Millis duration) override;
  bool interrupted() const override { return interrupted_; }
  void interrupt() { interrupted_ = true; }
  const std::vector<Millis>& sleeps() const { return sleeps_; }

 private:
  VirtualClock& clock_;
  SeededDice dice_;
  bool interrupted_ = false;
  std::vector<Millis> sleeps_{};
};

class FixedEnvironment : public Environment {
 public:
  std::optional<std::string> get(std::string_view name) const override;
  std::map<std::string, std::string, std::less<>> values{};
};

}  // namespace slipway::os
