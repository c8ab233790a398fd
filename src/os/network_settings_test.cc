#include "os/network_settings.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "os/curl_transport.h"
#include "os/thread_executor.h"
#include "os/virtual_executor.h"
#include "support/temporary_folder.h"

namespace slipway::os {
namespace {

NetworkSettings settings_of(std::map<std::string, std::string, std::less<>> values) {
  FixedEnvironment environment;
  environment.values = std::move(values);
  return network_settings(environment);
}

TEST(NetworkSettings, ProxiesAreChosenByTheAddress) {
  const auto both = settings_of({{"HTTP_PROXY", "a:1"}, {"HTTPS_PROXY", "b:2"}, {"ALL_PROXY", "c:3"}});
  EXPECT_EQ(both.proxy_for("http://x"), "a:1");
  EXPECT_EQ(both.proxy_for("https://x"), "b:2");
  EXPECT_EQ(both.proxy_for("HTTPS://x"), "b:2");
  const auto all = settings_of({{"ALL_PROXY", "c:3"}, {"NO_PROXY", "x.test"}});
  EXPECT_EQ(all.proxy_for("http://x"), "c:3");
  EXPECT_EQ(all.no_proxy, "x.test");
  EXPECT_EQ(settings_of({}).proxy_for("https://x"), std::nullopt);
}

TEST(NetworkSettings, LowerCaseWinsAndAWebServersClientCannotSetOne) {
  EXPECT_EQ(settings_of({{"http_proxy", "low"}, {"HTTP_PROXY", "up"}}).http_proxy, "low");
  EXPECT_EQ(settings_of({{"HTTP_PROXY", "up"}, {"REQUEST_METHOD", "GET"}}).http_proxy, std::nullopt);
  EXPECT_EQ(settings_of({{"http_proxy", "low"}, {"REQUEST_METHOD", "GET"}}).http_proxy, "low");
  EXPECT_EQ(settings_of({{"HTTPS_PROXY", "up"}, {"REQUEST_METHOD", "GET"}}).https_proxy, "up");
}

TEST(NetworkSettings, ExceptionsAreReadInEverySpelling) {
  const auto list = [](const std::string& text) { return settings_of({{"no_proxy", text}}).no_proxy; };
  EXPECT_EQ(list("a.test, *.b.test ,[::1],10.0.0.0/8"), "a.test,.b.test,::1,10.0.0.0/8");
  EXPECT_EQ(list("a.test,*"), "*");
  EXPECT_EQ(list(" , "), "");
}

TEST(NetworkSettings, AuthoritiesComeFromTheFirstVariableThatIsSet) {
  const auto both = settings_of({{"SSL_CERT_FILE", "/a"}, {"REQUESTS_CA_BUNDLE", "/b"}});
  EXPECT_EQ(both.authorities, "/a");
  EXPECT_EQ(both.authorities_from, "SSL_CERT_FILE");
  EXPECT_EQ(settings_of({{"CURL_CA_BUNDLE", "/c"}, {"REQUESTS_CA_BUNDLE", "/b"}}).authorities, "/b");
  EXPECT_EQ(settings_of({{"SSL_CERT_DIR", "/d"}}).authorities_from, "SSL_CERT_DIR");
  EXPECT_EQ(settings_of({}).authorities, std::nullopt);
}

TEST(NetworkSettings, TheSystemsAuthoritiesAreFoundWhereItsKindKeepsThem) {
  const slipway::testing::TemporaryFolder folder;
  const std::string root = folder.path() + "/authorities";
  EXPECT_EQ(system_authorities(root), std::nullopt);
  for (const std::string place : {"/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem",
                                  "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"}) {
    std::filesystem::create_directories(std::filesystem::path(root + place).parent_path());
    std::ofstream(root + place) << "certificates";
    EXPECT_EQ(system_authorities(root), root + place);
  }
}

TEST(NetworkSettings, AProxysPasswordIsNeverShown) {
  EXPECT_EQ(without_credentials("http://me:secret@p:3128/x"), "http://p:3128");
  EXPECT_EQ(without_credentials("me:se@cret@p:3128"), "http://p:3128");
  EXPECT_EQ(without_credentials("socks5h://p:1"), "socks5h://p:1");
  EXPECT_EQ(without_credentials("p"), "http://p");
}

// A proxy that answers for the host by itself, or refuses.
class FakeProxy : public HttpHandler {
 public:
  void handle(const RequestHead& head, BodyReader&, ResponseWriter& out) override {
    seen = head;
    ++requests;
    const bool wants = !password.empty() && head.headers.find("Proxy-Authorization") != password;
    const std::string text = "from the proxy";
    (void)out.begin(wants ? 407 : status, {{"Proxy-Authenticate", "Basic realm=\"p\""}}, text.size());
    (void)out.write(as_bytes(text));
  }
  int status = 200;
  std::string password{};
  RequestHead seen{};
  int requests = 0;
};

class ProxyTest : public ::testing::Test {
 protected:
  Result<CollectedReply> get(const std::string& url) {
    ThreadExecutor executor;
    CurlTransport curl(executor, environment_);
    const HttpRequest request{.url = url, .headers = {{"Authorization", "Bearer hf_secret"}}};
    return send_and_collect(curl, request, 1 << 20);
  }
  FakeProxy proxy_;
  std::unique_ptr<HttpListener> listener_ = listen_http({}, proxy_).value();
  std::string address_ = fmt::format("127.0.0.1:{}", listener_->port());
  FixedEnvironment environment_;
};

TEST_F(ProxyTest, APlainAddressGoesThroughTheProxyUnlessItIsExcepted) {
  environment_.values["HTTP_PROXY"] = "http://" + address_;
  const auto reply = get("http://hub.test/x");
  ASSERT_TRUE(reply) << describe(reply.error());
  EXPECT_EQ(reply->body, "from the proxy");
  EXPECT_EQ(proxy_.seen.target, "http://hub.test/x");
  environment_.values["NO_PROXY"] = "other.test,.hub.test";
  EXPECT_FALSE(get("http://a.hub.test:1/x"));
  EXPECT_EQ(proxy_.requests, 1);
}

TEST_F(ProxyTest, ThePasswordOfTheProxyIsUsed) {
  environment_.values["ALL_PROXY"] = "http://me:secret@" + address_;
  proxy_.password = "Basic bWU6c2VjcmV0";
  EXPECT_EQ(get("http://hub.test/x")->response.status, 200);
}

TEST_F(ProxyTest, AProxyThatWantsAPasswordIsNamedWithoutTheOneItGot) {
  environment_.values["ALL_PROXY"] = "http://me:wrong@" + address_;
  proxy_.password = "Basic bWU6c2VjcmV0";
  for (const char* url : {"http://hub.test/x", "https://hub.test/x"}) {
    const auto reply = get(url);
    ASSERT_FALSE(reply) << url;
    EXPECT_EQ(reply.error().code, ErrorCode::kRefused);
    EXPECT_NE(reply.error().message.find("the proxy http://" + address_ + " wants"), std::string::npos);
    EXPECT_EQ(reply.error().message.find("wrong"), std::string::npos) << reply.error().message;
  }
}

TEST_F(ProxyTest, ATunnelIsAskedForWithoutTheToken) {
  environment_.values["https_proxy"] = address_;
  proxy_.status = 403;
  const auto reply = get("https://hub.test/x");
  EXPECT_EQ(proxy_.seen.method, "CONNECT");
  EXPECT_EQ(proxy_.seen.target, "hub.test:443");
  EXPECT_FALSE(proxy_.seen.headers.contains("Authorization"));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kRefused);
  EXPECT_NE(reply.error().message.find("https://hub.test"), std::string::npos) << reply.error().message;
}

TEST_F(ProxyTest, ATunnelThatFailsForNowNeverCarriedTheRequest) {
  environment_.values["https_proxy"] = address_;
  proxy_.status = 502;
  const auto reply = get("https://hub.test/x");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kNetwork);
  EXPECT_EQ(reply.error().os_error, ENOTCONN);
}

TEST_F(ProxyTest, AFileOfAuthoritiesThatCannotBeReadIsNamedWithItsVariable) {
  environment_.values["REQUESTS_CA_BUNDLE"] = "/nowhere/ca.pem";
  const auto reply = get("https://" + address_ + "/x");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kRefused);
  EXPECT_NE(reply.error().message.find("REQUESTS_CA_BUNDLE names /nowhere/ca.pem"), std::string::npos)
      << reply.error().message;
}

TEST(CurlTransportUnsent, AConnectionThatIsRefusedIsToldFromAnAnswerThatIsCut) {
  ThreadExecutor executor;
  FixedEnvironment environment;
  CurlTransport curl(executor, environment);
  EXPECT_EQ(curl.send({.url = "http://127.0.0.1:1/x"}, {}).error().os_error, ENOTCONN);
}

// curl refuses settings to a handle whose last request did not even find its host.
TEST(CurlTransportUnsent, AHostThatHasNoAddressIsToldEachTimeItIsAsked) {
  ThreadExecutor executor;
  FixedEnvironment environment;
  CurlTransport curl(executor, environment);
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto reply = curl.send({.url = "http://nowhere.invalid/x"}, {});
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::kNetwork);
    EXPECT_EQ(reply.error().os_error, ENOTCONN);
  }
}

}  // namespace
}  // namespace slipway::os
