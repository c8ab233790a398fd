// What src/run reads in training_args.bin, for training_args_test.py.
//
// A request is a path. The answer is "ok" or the error, and a JSON object: type, the fields that decide a
// target, values, secrets.
#include <array>
#include <string>

#include "answers.h"
#include "os/posix_file_system.h"
#include "run/training_args.h"
#include "slipway/json.h"

namespace {

using namespace slipway;

json::Value text_or_null(const std::optional<std::string>& text) {
  return text ? json::Value(*text) : json::Value();
}

json::Value flag_or_null(const std::optional<bool>& flag) {
  return flag ? json::Value(*flag) : json::Value();
}

json::Value answer_of(const run::TrainingArgs& args) {
  json::Value values = json::Value::object({});
  for (const auto& [key, value] : args.values) values.set(key, json::Value(value));
  json::Value secrets = json::Value::array();
  for (const std::string& key : args.secrets) secrets.push_back(json::Value(key));
  return json::Value::object({{"type", args.type},
                              {"output_dir", text_or_null(args.output_dir)},
                              {"hub_model_id", text_or_null(args.hub_model_id)},
                              {"hub_revision", text_or_null(args.hub_revision)},
                              {"hub_strategy", text_or_null(args.hub_strategy)},
                              {"hub_private_repo", flag_or_null(args.hub_private_repo)},
                              {"push_to_hub", flag_or_null(args.push_to_hub)},
                              {"values", std::move(values)},
                              {"secrets", std::move(secrets)}});
}

std::array<std::string, 2> answer(const std::string& path) {
  os::PosixFileSystem files;
  const auto file = files.open_read(path);
  if (!file) return {describe(file.error())};
  const auto args = run::read_training_args(**file);
  if (!args) return {describe(args.error())};
  return {"ok", json::print(answer_of(*args))};
}

}  // namespace

int main() {
  testing::answer_all([](std::string_view& input) { return answer(testing::field(input)); });
  return 0;
}
