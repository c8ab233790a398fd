// card/thinning.h - evenly chosen ones of many, the first and the last always among them.
//
// Threads    value
#pragma once

#include <cstddef>
#include <vector>

namespace slipway::card {

// Ascending indices below `count`, at most `max` of them (max >= 2).
inline std::vector<std::size_t> evenly(std::size_t count, std::size_t max) {
  std::vector<std::size_t> chosen;
  if (count <= max) {
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(i);
    return chosen;
  }
  for (std::size_t i = 0; i < max; ++i) chosen.push_back(i * (count - 1) / (max - 1));
  return chosen;
}

}  // namespace slipway::card
