#include "core/app/code_pages.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace passerelle::app {
namespace {

// The codes that a header declares: the only place where they are made.
std::set<std::string> codes_in(const std::string& path) {
  std::ifstream file(PASSERELLE_SOURCE_DIR "/" + path);
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  const std::regex code("\"(PAS-[A-Z0-9-]+)\"");
  std::set<std::string> codes;
  for (std::sregex_iterator at(all.begin(), all.end(), code), end; at != end; ++at) {
    codes.insert((*at)[1]);
  }
  return codes;
}

TEST(CodePages, EveryCodeHasAPageInBothLanguages) {
  std::set<std::string> codes;
  for (const char* path :
       {"core/steering/finding.h", "core/intake/rules.h", "core/intake/intake.cpp"}) {
    const std::set<std::string> found = codes_in(path);
    EXPECT_FALSE(found.empty()) << path;
    codes.insert(found.begin(), found.end());
  }
  EXPECT_GT(codes.size(), 40U);
  for (const std::string& code : codes) {
    EXPECT_NE(find_code_page(code), nullptr) << code << " has no page";
  }
  for (const CodePage& page : code_pages()) {
    EXPECT_TRUE(codes.contains(std::string(page.code)) || !page.code.starts_with("PAS-"))
        << page.code << " is given by nobody";
    for (const std::string_view text : {page.title_fr, page.title_en, page.text_fr, page.text_en}) {
      EXPECT_FALSE(text.empty()) << page.code;
    }
    EXPECT_TRUE(page.text_fr.ends_with('.') && page.text_en.ends_with('.')) << page.code;
  }
}

TEST(CodePages, AreSortedAndUnique) {
  std::string before;
  for (const CodePage& page : code_pages()) {
    EXPECT_LT(before, page.code);
    before = page.code;
  }
  EXPECT_EQ(find_code_page("PAS-M999"), nullptr);
}

}  // namespace
}  // namespace passerelle::app
