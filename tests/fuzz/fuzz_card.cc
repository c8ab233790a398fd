// Cards, the trainer's files and results on benchmarks: read without a crash, whatever they hold; writing a
// card from its own result changes nothing, also with a log, results and settings that nobody meant.
#include <cstdint>
#include <string_view>

#include "card/card.h"
#include "card/eval_results.h"
#include "card/loss_curve.h"
#include "text/front_matter.h"

namespace {

// The text as each of the trainer's files.
slipway::card::TrainingFacts training_from(std::string_view text) {
  using namespace slipway::card;
  TrainingFacts facts;
  if (auto log = read_training_log(text)) facts.log = *std::move(log);
  if (auto metrics = read_metrics(text)) facts.metrics = std::move(metrics->metrics);
  if (auto totals = read_totals(text)) facts.totals = *totals;
  facts.settings = {{"optim", std::string(text.substr(0, 300))}};
  return facts;
}

// What is written is read again as the same.
void round_trip_evals(std::string_view text) {
  using namespace slipway::card;
  EvalResults results;
  if (!read_eval_results(text, "results", results)) return;
  for (const auto& [path, file] : eval_files(results)) {
    EvalResults again;
    SLIPWAY_CHECK(read_eval_results(file, "again", again).has_value());
    SLIPWAY_CHECK(eval_files(again).at(path) == file);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)card::validate_card(text);
  (void)card::trainer_of(text);
  round_trip_evals(text);
  card::CardFacts facts{.model_name = "model", .kind = model::ModelKind::kDecoder, .base_id = "org/base"};
  facts.adapter = size % 2 == 1;
  facts.training = training_from(text);
  if (size % 7 == 0) facts.datasets = {"org/data"};
  if (size % 3 == 0) facts.stops = {{1, "</s>"}};
  if (size % 5 == 0) facts.license = "mit";
  const auto once = card::write_card(facts, text);
  SLIPWAY_CHECK(once.has_value());
  SLIPWAY_CHECK(text::split_card(once->text).has_block || text.size() > (1u << 20));
  const auto twice = card::write_card(facts, once->text);
  SLIPWAY_CHECK(twice.has_value() && twice->text == once->text);
  return 0;
}
