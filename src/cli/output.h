// cli/output.h - what a command says: results on stdout, talk on stderr, JSON lines when asked.
//
// Contract   With --json every line on stdout is one object with "type"; the last is a `result`.
//            Without it what is reported goes to stderr. -q leaves only errors.
// Threads    one thread
#pragma once

#include <string>
#include <string_view>

#include "flow/publish.h"
#include "os/terminal.h"
#include "slipway/json.h"
#include "slipway/result.h"

namespace slipway::cli {

class Output {
 public:
  Output(os::Terminal& terminal, bool json, bool quiet) : terminal_(terminal), json_(json), quiet_(quiet) {}

  bool json() const { return json_; }
  void line(const json::Value& value);  // a JSON line on stdout, when --json
  void say(std::string_view text);      // talk: stderr, not with -q
  void print(std::string_view text);    // the result for people: stdout, not with --json
  void warn(const model::Warning& warning);
  void also(json::Value fields);    // laid into the result, whether the command succeeds or fails
  void result(json::Value fields);  // completes with type and ok
  int fail(const Error& error);     // the error on stderr (and as result), its exit code

 private:
  os::Terminal& terminal_;
  bool json_;
  bool quiet_;
  json::Value also_ = json::Value::object();
};

// The objects of the contract.
json::Value fixes_json(const std::vector<model::Fix>& fixes);
json::Value warnings_json(const std::vector<model::Warning>& warnings);
json::Value warning_json(const model::Warning& warning);
json::Value plan_json(const flow::PublishResult& result);
json::Value publish_json(const flow::PublishResult& result);
// "key  before -> after", long texts cut; --json has the whole.
std::string change_text(std::string_view path, const std::string& before, const std::string& after);
std::string fix_lines(const std::vector<model::Fix>& fixes);
std::string publish_text(const flow::PublishResult& result, bool verbose = false);

}  // namespace slipway::cli
