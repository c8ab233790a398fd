#include "recipe/recipe.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/edit_distance.h"
#include "recipe/keys.h"

namespace slipway::recipe {
namespace {

using Strings = std::vector<std::string>;

Recipe read(std::string_view text, const Strings& overrides = {}) {
  const auto recipe = read_recipe(text, "recipe.yaml", overrides);
  EXPECT_TRUE(recipe.has_value()) << (recipe ? "" : recipe.error().message);
  return recipe.value_or(Recipe{});
}

Error refusal(std::string_view text, const Strings& overrides = {}) {
  const auto recipe = read_recipe(text, "recipe.yaml", overrides);
  EXPECT_FALSE(recipe.has_value());
  return recipe ? Error{} : recipe.error();
}

TEST(Recipe, ReadsTheOldDialect) {
  const Recipe recipe = read(R"(# Model arguments
model_name_or_path: mistralai/Mistral-7B-v0.1
model_revision: main
torch_dtype: bfloat16
dataset_mixer:
  HuggingFaceH4/ultrachat_200k: 1.0
  org/second: 0.5
dataset_splits:
- train_sft
push_to_hub: true
hub_model_id: zephyr-7b-sft-full
output_dir: data/zephyr-7b-sft-full
save_strategy: "no"
)");
  EXPECT_EQ(recipe.model_name_or_path, "mistralai/Mistral-7B-v0.1");
  EXPECT_EQ(recipe.model_revision, "main");
  EXPECT_EQ(recipe.datasets(), (Strings{"HuggingFaceH4/ultrachat_200k", "org/second"}));
  EXPECT_EQ(recipe.push_to_hub, true);
  EXPECT_EQ(recipe.hub_model_id, "zephyr-7b-sft-full");
  EXPECT_EQ(recipe.output_dir, "data/zephyr-7b-sft-full");
  EXPECT_TRUE(recipe.notes.empty());
}

TEST(Recipe, ReadsTheNewDialect) {
  const Recipe recipe = read(R"(env:
  WANDB_PROJECT: x
dataset_name: org/first
dataset_mixture:
  datasets:
    - id: org/second
      config: all
      weight: 0.5
    - {id: org/first}
  seed: 0
hub_revision: v1
hub_private_repo: yes
push_to_hub: off
)");
  EXPECT_EQ(recipe.datasets(), (Strings{"org/first", "org/second"}));
  EXPECT_EQ(recipe.hub_revision, "v1");
  EXPECT_EQ(recipe.hub_private_repo, true);
  EXPECT_EQ(recipe.push_to_hub, false);
}

TEST(Recipe, ANullIsNotGiven) {
  const Recipe recipe =
      read("hub_model_id: null\npush_to_hub:\ndataset_name: ~\nhub_private_repo: ~\nhub_token: null\n");
  EXPECT_FALSE(recipe.hub_model_id || recipe.push_to_hub || recipe.hub_private_repo);
  EXPECT_TRUE(recipe.data_sets.empty());
  EXPECT_TRUE(recipe.notes.empty());
}

TEST(Recipe, AListOfDataSetNamesIsTaken) {
  EXPECT_EQ(read("dataset_name: [a/b, c/d, a/b]").datasets(), (Strings{"a/b", "c/d"}));
}

TEST(Recipe, LocalPathsStayForOthersToJudge) {
  EXPECT_EQ(read("dataset_name: /data/train.jsonl").datasets(), Strings{"/data/train.jsonl"});
}

TEST(Recipe, ARevisionOfDigitsIsARevision) {
  EXPECT_EQ(read("model_revision: 0123456").model_revision, "0123456");
  EXPECT_EQ(read("hub_revision: 2024-01-01").hub_revision, "2024-01-01");
}

TEST(Recipe, NamesFileLineAndTypeOfAMistake) {
  EXPECT_EQ(refusal("a: 1\npush_to_hub: [x]\n").message,
            "recipe.yaml:2: push_to_hub: a boolean is wanted, this is a list");
  EXPECT_EQ(refusal("push_to_hub: \"true\"\n").message,
            "recipe.yaml:1: push_to_hub: a boolean is wanted, this is a string");
  EXPECT_EQ(refusal("output_dir:\n  a: b\n").message,
            "recipe.yaml:1: output_dir: a string is wanted, this is a map");
  EXPECT_EQ(refusal("dataset_name:\n- a/b\n- 3\n").message,
            "recipe.yaml:3: dataset_name: a string or a list of strings is wanted, this is an integer");
  EXPECT_EQ(refusal("dataset_mixer: [a/b]").message,
            "recipe.yaml:1: dataset_mixer: a map from data set to share is wanted, this is a list");
  EXPECT_EQ(refusal("dataset_mixture:\n  datasets:\n  - id: a/b\n  - config: x\n").message,
            "recipe.yaml:4: dataset_mixture: a map with a list 'datasets', each entry with an id, is wanted, "
            "this is a map");
  for (const char* text :
       {"push_to_hub: 1", "hub_model_id: 5", "dataset_mixture: x", "dataset_mixture: {datasets: x}"}) {
    EXPECT_EQ(refusal(text).code, ErrorCode::kBadRecipe) << text;
  }
}

TEST(Recipe, NamesFileAndLineOfBrokenYaml) {
  const Error error = refusal("a: 1\nb: [1\nc: 2\n");
  EXPECT_EQ(error.code, ErrorCode::kBadRecipe);
  EXPECT_TRUE(error.message.starts_with("recipe.yaml:3: ")) << error.message;
  EXPECT_EQ(refusal("- a\n").message, "recipe.yaml:1: a recipe is a map of keys and values, this is a list");
  EXPECT_EQ(refusal("a: 1\na: 2\n").message, "recipe.yaml:2: the key 'a' stands here again, first on line 1");
}

TEST(Recipe, OverridesLieOverTheFile) {
  const Recipe recipe = read("push_to_hub: true\noutput_dir: a\ndataset_name: x/y\n",
                             {"push_to_hub=false", "output_dir=b=c", "dataset_name=[p/q, r/s]",
                              "hub_model_id=2024", "hub_revision=", "push_to_hub=True"});
  EXPECT_EQ(recipe.push_to_hub, true);
  EXPECT_EQ(recipe.output_dir, "b=c");
  EXPECT_EQ(recipe.datasets(), (Strings{"p/q", "r/s"}));
  EXPECT_EQ(recipe.hub_model_id, "2024");
  EXPECT_FALSE(recipe.hub_revision.has_value());
}

TEST(Recipe, OverridesAloneMakeARecipe) {
  const std::vector<std::string> overrides{"push_to_hub=true"};
  const auto recipe = read_recipe("", "", overrides);
  ASSERT_TRUE(recipe.has_value());
  EXPECT_EQ(recipe->file, "");
  EXPECT_EQ(recipe->push_to_hub, true);
}

TEST(Recipe, RefusesOverridesThatSayNothing) {
  EXPECT_EQ(refusal("", {"push_to_hub"}).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refusal("", {"=x"}).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refusal("", {"push_to_hub=maybe"}).message,
            "--set: push_to_hub: a boolean is wanted, this is a string");
  EXPECT_EQ(refusal("", {"dataset_name=[a"}).code, ErrorCode::kBadRecipe);
}

TEST(Recipe, OverridesMeanWhatTheHandbooksParserMeansByThem) {
  const Recipe recipe = read("", {"dataset_splits=train_a,test_a", "dataset_mixer={x/y: 1.0}",
                                  "report_to=wandb, trackio", "hub_private_repo=False"});
  EXPECT_EQ(recipe.data_sets[0].split, "train_a");
  EXPECT_EQ(recipe.eval_split, "test_a");
  EXPECT_EQ(recipe.hub_private_repo, false);
  using Value = std::pair<std::string, std::string>;
  EXPECT_EQ(std::ranges::find(recipe.values, "report_to", &Value::first)->second, "wandb, trackio");
  for (const char* word : {"yes", "on", "1", "0", "no", "TRUE"}) {
    const Error error = refusal("", {std::string("push_to_hub=") + word});
    EXPECT_EQ(error.code, ErrorCode::kBadRecipe);
    EXPECT_EQ(error.message,
              "--set: push_to_hub: true or false is wanted; trainers do not agree on other words");
  }
}

TEST(RecipeKeys, NearestIsTheOneThatLookingAtAllWouldFind) {
  std::vector<std::string_view> all;
  for (const RecipeKey& key : recipe_keys()) all.push_back(key.key);
  for (std::size_t i = 0; i < all.size(); i += 16) {
    const RecipeKey& key = recipe_keys()[i];
    for (std::string bent :
         {std::string(key.key) + "s", std::string(key.key.substr(1)), "x_" + std::string(key.key)})
      EXPECT_EQ(nearest_key(bent), nearest(bent, all)) << bent;
  }
}

TEST(Recipe, NotesKeysThatNobodyKnowsWithWhatWasMeant) {
  const Recipe recipe = read("lerning_rate: 1.0\nwhatever_this_may_be: 1\nseed: 1\n");
  EXPECT_EQ(
      recipe.notes,
      (Strings{"recipe.yaml:1: lerning_rate: no trainer knows this key, and trl refuses it; learning_rate is "
               "probably meant",
               "recipe.yaml:2: whatever_this_may_be: no trainer knows this key, and trl refuses it"}));
}

TEST(Recipe, RefusesAMisspeltKeyThatWouldDecideWhatIsPublished) {
  for (const char* key : {"push_to_hubb", "hub_model_ids", "hub_private_rep", "hub_revison", "outputdir"}) {
    const Error error = refusal("seed: 1\n" + std::string(key) + ": x\n");
    EXPECT_EQ(error.code, ErrorCode::kBadRecipe) << key;
    EXPECT_TRUE(
        error.message.starts_with("recipe.yaml:2: " + std::string(key) + ": no trainer knows this key"));
  }
  EXPECT_TRUE(refusal("", {"push_to_hubb=true"}).message.starts_with("--set: push_to_hubb"));
}

TEST(Recipe, IsNoneWhenHundredsOfKeysAreUnknown) {
  std::string text;
  for (int i = 0; i < 201; ++i) text += "zzzzzzzzzzzzzzzzzzzz_" + std::to_string(i) + ": 1\n";
  EXPECT_TRUE(refusal(text).message.starts_with("recipe.yaml:201: this is no recipe"));
}

TEST(Recipe, NotesKeysOfAnotherDialectThanItsOwn) {
  const Recipe recipe = read(
      "dtype: bfloat16\nmax_length: 96\nchat_template_path: x\nwarmup_ratio: 0.1\nevaluation_strategy: "
      "steps\n"
      "assistant_only_loss: true\ntrackio_static_space_id: a\n");
  EXPECT_EQ(
      recipe.notes,
      (Strings{
          "recipe.yaml:4: warmup_ratio: transformers 5.24 and trl 1.16, for which most of the recipe is, "
          "does not take it: it is called warmup_steps there",
          "recipe.yaml:5: evaluation_strategy: transformers 5.24 and trl 1.16, for which most of the "
          "recipe is, does not take it: it is called eval_strategy there"}));
}

TEST(Recipe, NotesValuesThatTrainersDoNotTake) {
  const Recipe recipe =
      read("learning_rate: [1]\nsave_strategy: no\nseed: 1e3\nbf16: x\nper_device_train_batch_size: 8.5\n");
  EXPECT_EQ(recipe.notes,
            (Strings{"recipe.yaml:1: learning_rate: a number is wanted, this is a list",
                     "recipe.yaml:2: save_strategy: a string is wanted, this is a boolean",
                     "recipe.yaml:4: bf16: a boolean is wanted, this is a string",
                     "recipe.yaml:5: per_device_train_batch_size: a whole number is wanted, this is a "
                     "number"}));
}

TEST(Recipe, ReadsTrlsOwnMixtureAndEntriesOfADataSetTwice) {
  const Recipe recipe = read(
      "datasets:\n- path: a/b\n  name: en\n  split: train\n- path: a/b\n  name: de\n  revision: v1\n- path: "
      "a/b\n  name: en\n"
      "  split: train\n");
  ASSERT_EQ(recipe.data_sets.size(), 2U);
  EXPECT_EQ(recipe.data_sets[0].config, "en");
  EXPECT_EQ(recipe.data_sets[1].revision, "v1");
  EXPECT_EQ(recipe.datasets(), Strings{"a/b"});
}

TEST(Recipe, NamesWhatIsWrongWithinADataSet) {
  EXPECT_EQ(refusal("dataset_mixture:\n  datasets:\n  - id: a/b\n    config: [x]\n").message,
            "recipe.yaml:4: dataset_mixture: for 'config' a string is wanted, this is a list");
  EXPECT_EQ(refusal("dataset_mixer:\n  a/b: x\n").message,
            "recipe.yaml:2: dataset_mixer: a number for each data set is wanted, this is a string");
  EXPECT_EQ(refusal("dataset_splits: 3\n").message,
            "recipe.yaml:1: dataset_splits: a string or a list of strings is wanted, this is an integer");
  EXPECT_EQ(refusal("dataset_config: {a: b}\n").message,
            "recipe.yaml:1: dataset_config: a string is wanted, this is a map");
  EXPECT_EQ(refusal("datasets: {path: a/b}\n").message,
            "recipe.yaml:1: datasets: a list of which each entry has a path is wanted, this is a map");
}

TEST(Recipe, ATokenNeverStandsOnTheCommandLine) {
  const Error error = refusal("", {"hub_token=hf_secret"});
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.message.find("hf_secret"), std::string::npos);
}

TEST(Recipe, ReportsDeadKeysAndTokensWithoutTheirValue) {
  const Recipe recipe =
      read("seed: 1\nhub_model_revision: v2\nhub_token: hf_secret\nenv:\n  HF_TOKEN: hf_secret\ntags: [x]\n");
  ASSERT_EQ(recipe.notes.size(), 4u);
  EXPECT_EQ(recipe.notes[0],
            "recipe.yaml:2: hub_model_revision is never read by any trainer: use hub_revision or --revision");
  EXPECT_TRUE(recipe.notes[1].starts_with("recipe.yaml:3: hub_token is never used"));
  EXPECT_TRUE(recipe.notes[2].starts_with("recipe.yaml:5: env.HF_TOKEN is never used"));
  for (const std::string& note : recipe.notes) EXPECT_EQ(note.find("hf_secret"), std::string::npos);
}

TEST(Recipe, SaysWhatItKnowsOfEachDataSet) {
  const Recipe mixture = read(
      "dataset_mixture:\n  datasets:\n  - id: a/b\n    config: en\n    split: train[:10%]\n    weight: 0.5\n"
      "  - id: c/d\n  seed: 1\n");
  ASSERT_EQ(mixture.data_sets.size(), 2u);
  EXPECT_EQ(mixture.data_sets[0].config, "en");
  EXPECT_EQ(mixture.data_sets[0].split, "train[:10%]");
  EXPECT_EQ(mixture.data_sets[0].share, "0.5");
  EXPECT_EQ(mixture.data_sets[1].share, "");
  EXPECT_EQ(read("dataset_mixer:\n  a/b: 0.25\n").data_sets[0].share, "0.25");
  const Recipe one =
      read("dataset_name: a/b\ndataset_config: en\ndataset_train_split: train\ndataset_test_split: test\n");
  EXPECT_EQ(one.data_sets[0].config, "en");
  EXPECT_EQ(one.data_sets[0].split, "train");
  EXPECT_EQ(one.eval_split, "test");
}

TEST(Recipe, GivesItsValuesAsTextsWithoutSecrets) {
  const Recipe recipe = read(
      "learning_rate: 2.0e-04\nbf16: yes\nlora_target_modules: [q_proj, v_proj]\nhub_token: "
      "hf_x\nwandb_api_key: k\n"
      "HF_TOKEN: hf_x\ns3_access_key: k\ndb_passwd: k\neos_token: <|im_end|>\n"
      "seed: ~\nsave_strategy: \"no\"\ngradient_checkpointing_kwargs: {use_reentrant: false}\n");
  using Values = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(recipe.values, (Values{{"learning_rate", "2.0e-04"},
                                   {"bf16", "true"},
                                   {"lora_target_modules", "q_proj, v_proj"},
                                   {"eos_token", "<|im_end|>"},
                                   {"save_strategy", "no"}}));
}

}  // namespace
}  // namespace slipway::recipe
