// flow/merge_report.h - how much a merge changed each module: told, refused, and kept for the next call.
//
// Contract   The same report and the same refusal however often the writing was interrupted: what a finished
//            file's tensors were changed by is kept in the journal with it. A record of other inputs, or one
//            that nobody here wrote, is passed over.
// Limits     records of kFiguresOfRecord tensors
// Threads    one thread
#pragma once

#include <set>
#include <string>
#include <vector>

#include "flow/merged_run.h"
#include "flow/out_folder.h"

namespace slipway::flow {

inline constexpr std::size_t kFiguresOfRecord = 4096;

// kCorruptData where everything was read and no stored number of any module is another one.
Result<void> refuse_unchanged(const transform::MergedSource& source);

// How much each module changed, and a warning for those that stayed or were all but replaced.
MergeReport report_merge(const MergedRun& merged, std::vector<model::Warning>& warnings);

class MergeFigures final : public FactsOfFiles {
 public:
  explicit MergeFigures(const MergedRun& merged);
  std::vector<json::Value> news() override;
  void recall(const json::Value& fact) override;

 private:
  const transform::MergedSource& source_;
  std::string inputs_;
  std::set<std::size_t> known_{};  // that stand in the journal
};

}  // namespace slipway::flow
