// Cards: split and validated without a crash on any text; writing its own result changes nothing.
#include <cstdint>
#include <string_view>

#include "card/card.h"
#include "text/front_matter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)card::validate_card(text);
  (void)card::trainer_of(text);
  card::CardFacts facts{.model_name = "model", .kind = model::ModelKind::kDecoder, .base_id = "org/base"};
  facts.adapter = size % 2 == 1;
  if (size % 3 == 0) facts.stops = {{1, "</s>"}};
  if (size % 5 == 0) facts.license = "mit";
  const auto once = card::write_card(facts, text);
  SLIPWAY_CHECK(once.has_value());
  SLIPWAY_CHECK(text::split_card(once->text).has_block || text.size() > (1u << 20));
  const auto twice = card::write_card(facts, once->text);
  SLIPWAY_CHECK(twice.has_value() && twice->text == once->text);
  return 0;
}
