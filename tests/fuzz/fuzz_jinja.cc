// The renderer of chat templates: total on any text, within its limits, and the same answer each time.
#include <cstdint>
#include <string>
#include <string_view>

#include "jinja/from_json.h"
#include "jinja/template.h"
#include "slipway/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  static const auto messages = json::parse(
      R"([{"role":"system","content":" S "},{"role":"user","content":"é"},{"role":"assistant","content":null,"n":[1,2.5]}])");
  const auto parsed = jinja::Template::parse({reinterpret_cast<const char*>(data), size});
  if (!parsed) return 0;
  const jinja::Variables variables = {{"messages", jinja::from_json(*messages).value()},
                                      {"s", jinja::Value::string("Some text")},
                                      {"n", jinja::Value::integer(3)}};
  const jinja::Surroundings around{
      .limits = {.steps = 50'000, .output_bytes = 1u << 20, .memory_bytes = 4u << 20},
      .now = jinja::LocalTime{}};
  const auto once = parsed->render(variables, around);
  const auto again = parsed->render(variables, around);
  SLIPWAY_CHECK(once.has_value() == again.has_value());
  SLIPWAY_CHECK(once ? *once == *again : once.error().message == again.error().message);
  return 0;
}
