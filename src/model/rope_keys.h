// model/rope_keys.h - one level of config.json: its rotary positions in the old keys and in the new one.
//
// Contract   Pure. Old: rope_theta, rope_scaling and the names that some families have for them, as
//            transformers 4 reads. New: rope_parameters, as transformers 5 writes. A level whose two
//            forms disagree names the first difference and asks for nothing.
// Source     transformers 5.24 modeling_rope_utils.py and 4.57.6 configuration_*.py of each family, compared
//            by tests/python/rope_eras_test.py
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "slipway/json.h"

namespace slipway::model {

struct RopeDifference {
  std::string key;       // an old key
  std::string old_form;  // compact JSON, as the old key says
  std::string new_form;  // as it would follow from rope_parameters
};

struct RopeKeys {
  std::vector<std::pair<std::string, json::Value>> missing_old{};
  std::optional<json::Value> missing_new{};
  std::optional<RopeDifference> difference{};
};

bool has_rope(const json::Value& level);  // anything to look at
RopeKeys rope_keys(const json::Value& level);

}  // namespace slipway::model
