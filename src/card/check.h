// card/check.h - the findings of one check, collected with the path of each value.
//
// Threads    one thread
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "card/card.h"
#include "text/yaml.h"

namespace slipway::card {

// A value and where it stands: `model-index[0].name`. The node is null when there is none.
struct Place {
  const yaml::Node* node = nullptr;
  std::string path{};
  int line = 1;  // in the block; where there is no value, of the map that lacks it

  bool is(yaml::Kind kind) const { return node != nullptr && node->kind == kind; }
  bool is_text() const { return is(yaml::Kind::kString); }
  Place member(std::string_view key) const;
  std::vector<Place> items() const;  // of a list; none otherwise
};

class Check {
 public:
  // `lines_before`: of the card, above its block.
  Check(std::vector<Finding>& findings, int lines_before)
      : findings_(findings), lines_before_(lines_before) {}

  void refuse(const Place& place, std::string_view what) { add(true, place, what); }
  void warn(const Place& place, std::string_view what) { add(false, place, what); }

  // Each is true when the value is there and as it should be; absent is refused only by require_*.
  bool text(const Place& place);
  bool require_text(const Place& place);
  bool list(const Place& place);
  bool require_list(const Place& place);
  bool map(const Place& place);
  bool require_map(const Place& place);
  // A string, or a list of strings: each of them with its path. Anything else is refused.
  std::vector<Place> texts(const Place& place);

 private:
  bool typed(const Place& place, yaml::Kind kind, std::string_view what, bool required);
  void add(bool error, const Place& place, std::string_view what);

  std::vector<Finding>& findings_;
  int lines_before_;
};

void check_model_index(const Place& place, Check& check);

}  // namespace slipway::card
