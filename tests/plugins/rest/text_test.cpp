// The small languages of a manifest: paths, holes; addresses.
#include <gtest/gtest.h>

#include "plugins/rest/json_path.h"
#include "plugins/rest/template.h"
#include "plugins/sdk/http/http_client.h"

namespace passerelle::rest {
namespace {

std::string at(const std::string& path, const std::string& json) {
  const auto parsed = JsonPath::parse(path);
  const auto root = formats::parse_json(json);
  if (!parsed.ok() || !root.ok()) return "error";
  return parsed->text(*root);
}

TEST(Path, FindsKeysItemsAndItemsByAKey) {
  const std::string json = R"({"a":{"b":[{"name":"x","v":[1]},{"name":"Processus","v":["S02"]}]},)"
                           R"("party.":{"code":"A1"},)"
                           R"("n":1.10,"t":true,"z":null,"tags":["u","v"]})";
  EXPECT_EQ(at("a.b[0].name", json), "x");
  EXPECT_EQ(at("a.b[name=Processus].v[0]", json), "S02");
  EXPECT_EQ(at("\"party.\".code", json), "A1");
  EXPECT_EQ(at("n", json), "1.10") << "digits stay as they were written";
  EXPECT_EQ(at("t", json), "true");
  EXPECT_EQ(at("z", json), "");
  EXPECT_EQ(at("tags", json), "u, v");
  EXPECT_EQ(at("a.b[*].name", json), "x, Processus");
  EXPECT_EQ(at("a.c.d", json), "");
  EXPECT_EQ(at("a.b[9].name", json), "");
  EXPECT_EQ(at(".", "\"s\""), "s");
}

TEST(Path, RefusesWhatIsNone) {
  for (const char* path : {"", "a.", ".a", "a..b", "a[", "a[x]", "a[1]b", "\"a"}) {
    EXPECT_FALSE(JsonPath::parse(path).ok()) << path;
  }
}

TEST(Holes, AreFilledForTheirPlace) {
  const Variables variables = [](std::string_view name) -> std::string {
    if (name == "user") return "a/b \"c\"";
    if (name == "page") return "3";
    return "";
  };
  const auto filled = [&](std::string_view text, Template::Escape escape) {
    return *Template::parse(text)->fill(variables, escape);
  };
  EXPECT_EQ(filled("x ${user} y", Template::Escape::kNone), "x a/b \"c\" y");
  EXPECT_EQ(filled("/u/${user}/t", Template::Escape::kPath), "/u/a%2Fb%20%22c%22/t");
  EXPECT_EQ(filled(R"({"u":"${user}","p":${page}})", Template::Escape::kJson),
            R"({"u":"a/b \"c\"","p":3})");
  EXPECT_FALSE(Template::parse(R"({"u":${user}})")->fill(variables, Template::Escape::kJson).ok());
  EXPECT_FALSE(Template::parse("${user").ok());
  EXPECT_EQ(Template::parse("k=${cursor}")->fill_unless_empty(variables), std::nullopt);
  EXPECT_EQ(Template::parse("k=${cursor}${page}")->fill_unless_empty(variables), "k=3");
  EXPECT_EQ(Template::parse("k")->fill_unless_empty(variables), "k");
}

TEST(Address, IsTakenApartAndPutTogether) {
  const auto url = sdk::parse_url("https://rt.example.fr:8443/REST/2.0?x=1");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->host, "rt.example.fr");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->rest, "/REST/2.0?x=1");
  EXPECT_EQ(sdk::parse_url("http://[::1]/a")->host, "::1");
  for (const char* bad : {"rt.example.fr", "ftp://x/", "https://", "https://u:p@x/", "http://x:0/",
                          "http://x:99999/", "http://[::1/"}) {
    EXPECT_FALSE(sdk::parse_url(bad).ok()) << bad;
  }
  EXPECT_EQ(*sdk::resolve_url("https://a.fr/x/y?z", "/q?r=1"), "https://a.fr/q?r=1");
  EXPECT_EQ(*sdk::resolve_url("https://a.fr/x/y?z", "w"), "https://a.fr/x/w");
  EXPECT_EQ(*sdk::resolve_url("https://a.fr/x", "https://b.fr/"), "https://b.fr/");
  EXPECT_TRUE(sdk::is_this_machine("127.0.0.1"));
  EXPECT_FALSE(sdk::is_this_machine("127.0.0.1.example.fr"));
}

TEST(Address, EncodesAsRfc4648) {
  EXPECT_EQ(sdk::base64(""), "");
  EXPECT_EQ(sdk::base64("f"), "Zg==");
  EXPECT_EQ(sdk::base64("fo"), "Zm8=");
  EXPECT_EQ(sdk::base64("foo"), "Zm9v");
  EXPECT_EQ(sdk::base64("foobar"), "Zm9vYmFy");
}

}  // namespace
}  // namespace passerelle::rest
