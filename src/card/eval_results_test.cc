#include "card/eval_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "card/benchmarks.h"
#include "card/eval_dates.h"
#include "model/metadata.h"

namespace slipway::card {
namespace {

using testing::HasSubstr;

std::map<std::string, std::string> files_of(std::string_view text) {
  EvalResults results;
  const auto read = read_eval_results(text, "my.yaml", results);
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  return eval_files(results);
}

std::string refusal(std::string_view text, ErrorCode code = ErrorCode::kInvalidArgument) {
  EvalResults results;
  const auto read = read_eval_results(text, "my.yaml", results);
  EXPECT_FALSE(read) << text;
  if (read) return "";
  EXPECT_EQ(read.error().code, code) << read.error().message;
  return read.error().message;
}

TEST(EvalResults, OfTheHubsOwnFormAreWrittenInItsOrderOfKeysOneFileABenchmark) {
  const auto files = files_of(R"(
- value: 41
  notes: no tools
  source: {name: Traces, url: "https://example.org/x"}
  date: 2026-01-31
  dataset: {task_id: gpqa_diamond, id: Idavidrein/gpqa, revision: abc}
- dataset: {id: openai/gsm8k, task_id: gsm8k}
  value: 0.5
)");
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(
      files.at(".eval_results/Idavidrein-gpqa.yaml"),
      "- dataset:\n    id: Idavidrein/gpqa\n    task_id: gpqa_diamond\n    revision: abc\n  value: 41.0\n"
      "  date: '2026-01-31'\n  source:\n    url: https://example.org/x\n    name: Traces\n"
      "  notes: no tools\n");
  EXPECT_EQ(files.at(".eval_results/openai-gsm8k.yaml"),
            "- dataset:\n    id: openai/gsm8k\n    task_id: gsm8k\n  value: 0.5\n");
  for (const auto& [path, text] : files) {
    EXPECT_EQ(files_of(text).at(path), text);
    EXPECT_TRUE(model::is_eval_file(path));
  }
}

TEST(EvalResults, TakeJsonOfTheSameForm) {
  EXPECT_THAT(files_of(R"([{"dataset": {"id": "openai/gsm8k", "task_id": "gsm8k"}, "value": 1e-05}])")
                  .at(".eval_results/openai-gsm8k.yaml"),
              HasSubstr("value: 1.0e-05\n"));
}

TEST(EvalResults, NameFileLineAndKeyOfWhatIsMalformed) {
  const std::string head = "- dataset: {id: openai/gsm8k, task_id: gsm8k}\n";
  EXPECT_EQ(refusal(head), "my.yaml: line 1: \"[0].value\" is required");
  EXPECT_EQ(refusal(head + "  value: .nan\n"), "my.yaml: line 2: \"[0].value\" must be a number");
  EXPECT_EQ(refusal(head + "  value: high\n"), "my.yaml: line 2: \"[0].value\" must be a number");
  EXPECT_THAT(refusal(head + "  value: 1\n  score: 2\n"),
              HasSubstr("my.yaml: line 3: \"[0].score\" is no key here"));
  EXPECT_THAT(refusal(head + "  value: 1\n  date: yesterday\n"),
              HasSubstr("line 3: \"[0].date\" must be a date"));
  EXPECT_THAT(refusal(head + "  value: 1\n  source: {name: x}\n"),
              HasSubstr("line 3: \"[0].source.url\" is required"));
  EXPECT_THAT(refusal(head + "  value: 1\n  source: {url: x}\n"),
              HasSubstr("\"[0].source.url\" must be a link"));
  EXPECT_THAT(refusal("- value: 1\n"), HasSubstr("\"[0].dataset\" is required"));
  EXPECT_THAT(refusal("- dataset: {id: openai/gsm8k}\n  value: 1\n"),
              HasSubstr("\"[0].dataset.task_id\" is required"));
  EXPECT_THAT(refusal("- 7\n"), HasSubstr("line 1: \"[0]\" must be an object"));
  for (const char* text : {"", "[]", "a: 1", "x", "- [", "\xFF"})
    EXPECT_THAT(refusal(text), HasSubstr("my.yaml: "));
}

TEST(EvalResults, RefuseByNameWhatIsNotRegistered) {
  EXPECT_THAT(refusal("- dataset: {id: me/bench, task_id: x}\n  value: 1\n", ErrorCode::kRefused),
              HasSubstr("my.yaml: line 1: 'me/bench' is no benchmark"));
  EXPECT_THAT(refusal("- dataset: {id: openai/gsm8k, task_id: other}\n  value: 1\n", ErrorCode::kRefused),
              HasSubstr("'other' is no task of openai/gsm8k (gsm8k)"));
}

constexpr std::string_view kHarness = R"({
  "results": {
    "gsm8k_cot": {"alias": "gsm8k_cot", "exact_match,strict-match": 0.75, "exact_match_stderr,strict-match": 0.01,
                  "exact_match,flexible-extract": 0.8},
    "gpqa_diamond_zeroshot": {"acc,none": 0.25, "acc_norm,none": 0.3},
    "mmlu_pro": {"exact_match,custom-extract": 0.5}, "mmlu_pro_law": {"exact_match,custom-extract": 0.1},
    "hellaswag": {"acc,none": 0.9}, "gsm8k_platinum": {"exact_match,strict-match": 1.0}
  },
  "n-shot": {"gsm8k_cot": 8}, "date": 1769860000.5, "lm_eval_version": "0.4.9"})";

TEST(HarnessResults, BecomeResultsOfTheBenchmarksThatTheyMeasure) {
  EvalResults results;
  ASSERT_TRUE(read_eval_results(kHarness, "r.json", results));
  const auto files = eval_files(results);
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files.at(".eval_results/openai-gsm8k.yaml"),
            "- dataset:\n    id: openai/gsm8k\n    task_id: gsm8k\n  value: 0.75\n  date: '2026-01-31'\n"
            "  notes: 'lm-evaluation-harness 0.4.9: gsm8k_cot, 8-shot, exact_match,strict-match'\n");
  EXPECT_THAT(files.at(".eval_results/TIGER-Lab-MMLU-Pro.yaml"), HasSubstr("value: 0.5\n"));
  ASSERT_EQ(results.warnings.size(), 1u);
  EXPECT_EQ(results.warnings[0].code, "eval-not-registered");
  EXPECT_THAT(results.warnings[0].message, HasSubstr("mmlu_pro_law, hellaswag, gsm8k_platinum"));
  for (const auto& [path, text] : files) EXPECT_EQ(files_of(text).at(path), text);
}

TEST(HarnessResults, AreRefusedByNameWhereTheyAreOfNoUse) {
  EXPECT_THAT(refusal(R"({"results": {"hellaswag": {"acc,none": 0.9}}})", ErrorCode::kRefused),
              HasSubstr("my.yaml: no task in it"));
  EXPECT_THAT(refusal(R"({"results": []})"), HasSubstr("\"results\" is required"));
  EXPECT_THAT(refusal(R"({"results": {"gsm8k": {"f1,none": 1}}})"),
              HasSubstr("\"results.gsm8k\" has none of"));
  EXPECT_THAT(refusal(R"({"results": {"gsm8k": {"exact_match,strict-match": NaN}}})"),
              HasSubstr("\"results.gsm8k.exact_match,strict-match\" must be a number"));
  EXPECT_THAT(refusal("{"), HasSubstr("my.yaml: "));
}

TEST(IsoDates, AreTakenOnlyWhereThereIsSuchADay) {
  for (const char* good : {"2026-01-31", "2024-02-29", "2026-01-31T09:30:00Z", "2026-01-31 09:30",
                           "2026-01-31T09:30:00.123+02:00"})
    EXPECT_TRUE(is_iso_date(good)) << good;
  for (const char* bad : {"", "2026-02-30", "2026-1-31", "31.01.2026", "2026-01-31T", "2026-01-31T25:00:00Z",
                          "2026-01-31T09:30:00.x", "2026-01-31T09:30:00+2", "2026-01-31x09:30"})
    EXPECT_FALSE(is_iso_date(bad)) << bad;
  EXPECT_EQ(iso_day(0), "1970-01-01");
  EXPECT_EQ(iso_day(1769860000.5), "2026-01-31");
  EXPECT_FALSE(iso_day(-1));
  EXPECT_FALSE(iso_day(1e300));
}

}  // namespace
}  // namespace slipway::card
