#include "plugins/rest/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/text.h"
#include "tests/plugins/rest/desk.h"

namespace passerelle::rest::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string problems_of(const std::string& text) {
  return base::message_of(parse_manifest(text, "m.manifest").status());
}

TEST(Manifest, SaysEveryProblemWithItsPlaceAndItsRemedy) {
  const std::string problems = problems_of(
      "engine: rest\n"
      "auht: {kind: basic}\n"
      "auth: {kind: basic, user: '${config.uesr}'}\n"
      "hours: {from: '25:00', to: '07:00'}\n"
      "streams:\n"
      "  ticket:\n"
      "    kind: ticket\n"
      "    request: {path: '/t/${parent.id}', body: '{\"a\": ${page}'}\n"
      "    page: {kind: pages}\n"
      "    changes: {overlap: 10}\n"
      "    id: [id]\n"
      "    fields: {state: 'a..b', oepned: x}\n");
  for (const char* part :
       {"m.manifest:2:", "did you mean 'auth'?", "${config.uesr} is unknown here",
        "auth lacks `password`", "from is no time of day", "${parent.id} is unknown here",
        "the body is no JSON", "the rows' place is not given", "page has no known kind",
        "overlap is '10'", "`changes` lacks `column`", "path 'a..b', character 3",
        "field oepned has no type"}) {
    EXPECT_THAT(problems, HasSubstr(part));
  }
}

TEST(Manifest, KnowsTheSettingsThatItDeclares) {
  const std::string text = manifest("request: {path: '/t/${settings.queue}'}\n",
                                    "settings: {queue: {required: true}, limit: '5'}");
  ASSERT_TRUE(parse_manifest(text, "m").ok()) << problems_of(text);
  const HttpServer server([](const ServerRequest& request) {
    EXPECT_EQ(request.path, "/t/Voirie & réseaux/x");
    return ServerAnswer{200, items({}, 0, 0)};
  });
  EXPECT_THAT(base::message_of(read(server, text).status()),
              HasSubstr("settings.queue is missing"));
  ReadOptions wrong;
  wrong.more_config = R"(, "settings": {"queue": "x", "limits": "3"})";
  EXPECT_THAT(base::message_of(read(server, text, wrong).status()),
              HasSubstr("did you mean 'limit'?"));
  ReadOptions good;
  good.more_config = R"(, "settings": {"queue": "Voirie & réseaux/x"})";
  EXPECT_TRUE(read(server, text, good).ok());
}

TEST(Manifest, ReadsEveryDeliveredOne) {
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(PASSERELLE_SOURCE_DIR "/plugins/rest/manifests")) {
    const auto manifest = read_manifest(entry.path().string());
    EXPECT_TRUE(manifest.ok()) << manifest.status().ToString();
    ++count;
  }
  EXPECT_GE(count, 1);
}

}  // namespace
}  // namespace passerelle::rest::testing
