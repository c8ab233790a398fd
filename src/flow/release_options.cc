#include "flow/release_options.h"

#include "run/weights.h"

namespace slipway::flow {

release::Options release_options(const PublishOptions& options, const std::string& repo,
                                 const Provenance& from) {
  return {.repo = repo,
          .base_id = from.base_id,
          .base_revision = from.base_revision,
          .datasets = from.datasets,
          .datasets_complete = from.datasets_complete,
          .recipe = options.recipe,
          .handbook_tag = options.handbook_tag,
          .handbook_eos = options.handbook_eos,
          .fix_pad = options.fix_pad,
          .base_rows =
              from.base_weights ? run::output_rows(from.base_weights->source->catalogue()) : std::nullopt,
          .chain = from.chain,
          .tags = options.tags,
          .languages = options.languages,
          .license = options.license,
          .model_name = options.model_name,
          .evals = options.evals,
          .add = options.add,
          .exclude = options.exclude,
          .weights_alone = options.save};
}

}  // namespace slipway::flow
