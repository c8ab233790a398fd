#include "transform/merge/wrapped_parameters.h"

#include <algorithm>

#include "transform/merge/adapter_keys.h"

namespace slipway::transform {

std::vector<std::string> parameters_of(std::string_view module, std::span<const std::string> targets,
                                       const std::function<bool(const std::string& parameter)>& holds) {
  std::vector<std::string> found;
  for (const std::string& target : targets) {
    const std::size_t dot = target.rfind('.');
    const bool bare = dot == std::string::npos;
    std::string parameter = bare ? target : target.substr(dot + 1);
    const bool is_its =
        bare ? holds(parameter) : is_last_part(module, std::string_view(target).substr(0, dot));
    if (is_its && std::ranges::find(found, parameter) == found.end()) found.push_back(std::move(parameter));
  }
  return found;
}

}  // namespace slipway::transform
