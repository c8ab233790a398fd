// os/kept_places.h - which kept connection gives way when every place is taken.
//
// Contract   Who has been without a request for the longest time, one at a time: nobody while one that was
//            told to go still stands idle. One that went to work again holds nobody up.
// Threads    a pure function
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>

namespace slipway::os {

struct KeptPlace {
  std::optional<std::chrono::steady_clock::time_point> idle_since{};  // nullopt: at work
  bool ending = false;                                                // told to go
};

// The index of the one to be told to go; nullopt when none has to be, or can be.
inline std::optional<std::size_t> gives_way(std::span<const KeptPlace> places) {
  std::optional<std::size_t> longest{};
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i].idle_since) continue;
    if (places[i].ending) return std::nullopt;
    if (!longest || *places[i].idle_since < *places[*longest].idle_since) longest = i;
  }
  return longest;
}

}  // namespace slipway::os
