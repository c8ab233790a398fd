#include "hub/dates.h"

#include <gtest/gtest.h>

namespace slipway::hub {
namespace {

TEST(Dates, HttpDatesThatAreNoneAreNone) {
  for (const char* text :
       {"", "tomorrow", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nox 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994", ",,, ---"})
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784'111'777'000);
}

TEST(Dates, TimesOfJsonAreReadWithTheirOffset) {
  EXPECT_EQ(parse_rfc3339("1994-11-06T08:49:37Z"), 784'111'777'000);
  EXPECT_EQ(parse_rfc3339("1994-11-06T08:49:37.123456Z"), 784'111'777'000);
  EXPECT_EQ(parse_rfc3339("1994-11-06T10:49:37+02:00"), 784'111'777'000);
  EXPECT_EQ(parse_rfc3339("1994-11-06T01:19:37-07:30"), 784'111'777'000);
  for (const char* text :
       {"", "1994-11-06", "1994-11-06T08:49:37", "1994-13-06T08:49:37Z", "1994-11-31T08:49:37Z",
        "1994-11-06T08:49:37+2:00", "1994-11-06T08:49:37.Zx", "1994x11-06T08:49:37Z"})
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
}

}  // namespace
}  // namespace slipway::hub
