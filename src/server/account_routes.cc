#include "card/card.h"
#include "server/routes.h"

namespace slipway::server {

void whoami(Hub&, Exchange& exchange, const Account& account) {
  if (account.anonymous) {
    exchange.refuse({401, "", "Invalid username or password."},
                    {{"WWW-Authenticate", "Bearer realm=\"Authentication required\""}});
    return;
  }
  json::Value orgs = json::Value::array();
  for (const std::string& name : account.namespaces) {
    orgs.push_back(json::Value::object(
        {{"type", "org"}, {"id", name}, {"name", name}, {"fullname", name}, {"isEnterprise", false}}));
  }
  const json::Value token =
      json::Value::object({{"displayName", account.token_id.empty() ? "local" : account.token_id},
                           {"role", account.role == "read" ? "read" : "write"}});
  exchange.json(200,
                json::Value::object(
                    {{"type", "user"},
                     {"id", account.name},
                     {"name", account.name},
                     {"fullname", account.name},
                     {"isPro", false},
                     {"canPay", false},
                     {"orgs", std::move(orgs)},
                     {"auth", json::Value::object({{"type", "access_token"}, {"accessToken", token}})}}));
}

void agent_harnesses(Exchange& exchange) {
  exchange.json(200, json::Value::object(
                         {{"standardEnvVars", json::Value::array()}, {"harnesses", json::Value::object()}}));
}

void validate_yaml(Exchange& exchange) {
  const auto body = exchange.read_json();
  if (refused(exchange, body)) return;
  const json::Value* content = body->find("content");
  if (content == nullptr || !content->is_string()) {
    return exchange.refuse({400, "", "\"content\" must be a string"});
  }
  json::Value errors = json::Value::array();
  json::Value warnings = json::Value::array();
  for (const card::Finding& finding : card::validate_card(content->string())) {
    (finding.error ? errors : warnings).push_back(json::Value::object({{"message", finding.message}}));
  }
  const int status = errors.items().empty() ? 200 : 400;
  exchange.json(status,
                json::Value::object({{"errors", std::move(errors)}, {"warnings", std::move(warnings)}}));
}

}  // namespace slipway::server
