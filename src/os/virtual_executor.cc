#include "os/virtual_executor.h"

namespace slipway::os {

std::uint64_t SeededDice::next() {  // splitmix64
  constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15u;
  std::uint64_t z = state_.fetch_add(kStep) + kStep;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

void SeededDice::fill(MutableBytes out) {
  for (std::byte& b : out) b = static_cast<std::byte>(next() & 0xFF);
}

void VirtualExecutor::run(std::vector<Task> tasks, std::size_t in_flight_max) {
  SLIPWAY_CHECK(in_flight_max > 0);
  while (!tasks.empty()) {
    const auto at = static_cast<std::ptrdiff_t>(dice_.next() % std::min(tasks.size(), in_flight_max));
    Task task = std::move(tasks[static_cast<std::size_t>(at)]);
    tasks.erase(tasks.begin() + at);
    task();
  }
}

void VirtualExecutor::sleep(Millis duration) {
  sleeps_.push_back(duration);
  clock_.advance(duration);
}

std::optional<std::string> FixedEnvironment::get(std::string_view name) const {
  const auto at = values.find(name);
  return at == values.end() || at->second.empty() ? std::nullopt : std::optional(at->second);
}

}  // namespace slipway::os
