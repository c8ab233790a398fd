#include "release/card_facts.h"

#include <algorithm>
#include <map>

#include "card/loss_curve.h"
#include "model/task.h"
#include "os/path.h"
#include "release/training_facts.h"
#include "text/front_matter.h"

namespace slipway::release {
namespace {

std::string model_name(const run::RunFacts& run, const Options& options) {
  if (!options.model_name.empty()) return options.model_name;
  if (!options.repo.empty()) return os::base_name(options.repo);
  const std::string name = os::base_name(run.folder);
  return name.empty() || name == "." ? "model" : name;
}

// The tensors as they are published: laid out anew, else the run's.
std::span<const tensor::TensorInfo> released_tensors(const run::RunFacts& run, const Plan& plan) {
  if (plan.view) return plan.view->catalogue();
  return run.weights ? run.weights->source->catalogue() : std::span<const tensor::TensorInfo>();
}

std::string quant_method(const json::Value& config) {
  const json::Value* settings = config.find("quantization_config");
  const json::Value* method = settings == nullptr ? nullptr : settings->find("quant_method");
  return method == nullptr ? "" : method->string();
}

int labels_of(const json::Value& config) {
  const json::Value* names = config.find("id2label");
  return names == nullptr ? 0 : static_cast<int>(std::min<std::size_t>(names->members().size(), 1'000'000));
}

// What the model is for, and what loading it takes.
void describe_use(const run::RunFacts& run, const std::optional<run::BaseModel>& base, const Plan& plan,
                  card::CardFacts& facts) {
  json::Value config = model::value_of(run.metadata, "config.json");
  facts.labels = labels_of(config);
  if (facts.adapter && base) config = model::value_of(base->metadata, "config.json");
  const model::Task own = model::task_of_adapter(model::value_of(run.metadata, "adapter_config.json"));
  facts.task = model::decide_task(facts.kind, config.is_object() ? &config : nullptr);
  if (facts.adapter && own != model::Task::kUnknown) facts.task = own;
  if (!facts.adapter && model::has_modules(run.metadata)) facts.task = model::Task::kSentenceSimilarity;
  facts.architecture = model::architecture_of(config);
  facts.own_code = model::needs_code(config);
  if (!facts.adapter) facts.quantised = quant_method(config);
  for (const run::RunFile& file : run.files) {
    const bool sent = std::ranges::find(plan.left_out, file.path) == plan.left_out.end();
    if (file.path.ends_with(".gguf") && sent) facts.gguf.push_back(file.path);
  }
}

// The float type of most stored elements, and how many elements there are.
void describe_weights(std::span<const tensor::TensorInfo> catalogue, card::CardFacts& facts) {
  std::map<tensor::Dtype, std::uint64_t> counts;
  for (const tensor::TensorInfo& info : catalogue) {
    facts.parameters += tensor::elements_of(info);
    if (tensor::is_float(info.dtype)) counts[info.dtype] += tensor::elements_of(info);
  }
  std::uint64_t most = 0;
  for (const auto& [dtype, count] : counts) {
    if (count <= most) continue;
    most = count;
    facts.dtype = tensor::torch_name(dtype);
  }
}

std::optional<std::string> text_of(const text::FrontMatter& front, std::string_view key) {
  const yaml::Node* node = front.find(key);
  if (node == nullptr || node->kind != yaml::Kind::kString || node->text.empty()) return std::nullopt;
  return node->text;
}

std::vector<std::string> texts_of(const text::FrontMatter& front, std::string_view key) {
  std::vector<std::string> texts;
  const yaml::Node* node = front.find(key);
  if (node == nullptr) return texts;
  if (node->kind == yaml::Kind::kString) texts.push_back(node->text);
  for (const yaml::Node& item : node->items) {
    if (item.kind == yaml::Kind::kString) texts.push_back(item.text);
  }
  return texts;
}

// A fine-tune inherits its base's licence and languages unless told otherwise.
void inherit_from_base(const run::BaseModel& base, card::CardFacts& facts) {
  if (!base.readme) return;
  const auto front = text::FrontMatter::parse(text::split_card(*base.readme).block);
  if (!front) return;
  if (!facts.license) {
    facts.license = text_of(*front, "license");
    facts.license_name = text_of(*front, "license_name");
    facts.license_link = text_of(*front, "license_link");
  }
  if (facts.languages.empty()) facts.languages = texts_of(*front, "language");
}

}  // namespace

card::CardFacts gather_card_facts(const run::RunFacts& run, const model::RuleOutcome& rules,
                                  const model::Tokenizer& tokenizer,
                                  const std::optional<run::BaseModel>& base, const Options& options,
                                  Plan& plan) {
  card::CardFacts facts{.model_name = model_name(run, options),
                        .named = !options.model_name.empty() || !options.repo.empty(),
                        .repo = options.repo,
                        .kind = rules.kind,
                        .adapter = run.adapter.has_value(),
                        .peft_type = run.adapter ? run.adapter->peft_type : "",
                        .merged = options.merged,
                        .base_id = options.base_id,
                        .base_revision = options.base_revision,
                        .datasets = options.datasets,
                        .datasets_complete = options.datasets_complete,
                        .license = options.license,
                        .languages = options.languages,
                        .tags = options.tags,
                        .handbook = options.handbook_tag,
                        .chat = tokenizer.chat_template.has_value(),
                        .pass_generation_config = run.adapter && rules.stops.differs_from_base};
  if (const std::string* readme = run.metadata.find(model::kReadmeName))
    facts.trainer = card::trainer_of(*readme);
  for (const model::TokenId id : rules.stops.ids)
    facts.stops.emplace_back(id, tokenizer.text_of(id).value_or(""));
  facts.engines = plan.engines;
  describe_use(run, base, plan, facts);
  // Of a quantised model, several values lie in one element.
  const bool packed = !run.adapter && !run.dequantised && model::is_quantised(run.metadata);
  if (!packed) describe_weights(released_tensors(run, plan), facts);
  if (base) inherit_from_base(*base, facts);
  facts.training = gather_training_facts(run, options, plan.warnings);
  const std::string* picture = run.metadata.find(model::kLossCurveName);
  facts.may_draw = picture == nullptr || card::is_loss_curve(*picture);
  return facts;
}

}  // namespace slipway::release
