// Two stored matrices that differ are not one, whatever config.json says.
#include "model/rule_work.h"

namespace slipway::model {
namespace {

constexpr std::string_view kTie = "tie_word_embeddings";
constexpr Because kDifferent{
    "tied-but-different",
    "both embeddings are stored and differ: transformers 4 drops the output's when it "
    "loads, transformers 5 keeps both and warns"};

}  // namespace

Result<void> untie_embeddings(RuleWork& work) {
  if (!work.inputs.untie) return {};
  if (work.inputs.adapter) {
    work.warn("adapter-unties",
              "the adapter saves both embeddings and they differ, and the base ties them: transformers "
              "4 keeps one of the two when it loads; train with one of them in modules_to_save");
    return {};
  }
  if (!work.config) return {};
  bool said = false;
  for (const KeyPath& level : text_levels(work.config->root())) {
    const KeyPath path = below(level, kTie);
    if (work.config->find(path) == nullptr) continue;
    SLIPWAY_TRY(work.config->set(path, false, kDifferent));
    said = true;
  }
  if (said) return {};
  return work.config->set(below(text_levels(work.config->root()).back(), kTie), false, kDifferent);
}

}  // namespace slipway::model
