#include "core/publication/query.h"

#include <gtest/gtest.h>

#include "publisher_fixture.h"

namespace passerelle::publication {
namespace {

class QueryTest : public PublisherTest {
 protected:
  static std::string text(const StatusOr<Answer>& answer) {
    if (!answer.ok()) return answer.status().ToString();
    std::string text = std::to_string(answer->revision) + ":";
    for (const Cell& cell : answer->cells) {
      text += " " + cell.key_text.substr(cell.key_text.rfind('=') + 1) + "=" +
              std::to_string(cell.value.scaled);
    }
    return text;
  }
  std::string at(model::Revision revision) {
    return text(publisher_->get(target().selector, revision));
  }
};

TEST_F(QueryTest, CellsComeSortedByKeyWithTheirLastChange) {
  set("b", 2);
  set("a", 1);
  commit();
  set("a", 5);
  commit();
  const auto answer = publisher_->get(target().selector, 0);
  EXPECT_EQ(text(answer), "3: a=5 b=2");
  EXPECT_EQ(answer->cells[0].revision, 3U);
  EXPECT_EQ(answer->cells[0].previous_scaled, 1);
  EXPECT_EQ(answer->cells[1].revision, 2U);
  EXPECT_EQ(answer->cells[1].previous_scaled, std::nullopt);
  EXPECT_EQ(answer->hash,
            model::cell_hash(key("a"), number(5)) ^ model::cell_hash(key("b"), number(2)));
}

TEST_F(QueryTest, AnEarlierRevisionIsAnsweredAsItWasPublished) {
  set("a", 1);
  commit();
  set("b", 2);
  set("a", 3);
  commit();
  remove("a");
  commit();
  EXPECT_EQ(at(2), "2: a=1");
  EXPECT_EQ(at(3), "3: a=3 b=2");
  EXPECT_EQ(at(4), "4: b=2");
  EXPECT_EQ(at(0), "4: b=2");
}

TEST_F(QueryTest, AnEarlierRevisionIsAnsweredAcrossAModelSwitch) {
  set("a", 1);
  set("b", 2);
  commit();
  state_.lay_out_anew();
  cuboid_ = state_.add_cuboid({"policy"}, base::Grain::kYear, {"COST"});
  set("b", 3);
  commit();
  EXPECT_EQ(at(2), "2: a=1 b=2");
  EXPECT_EQ(at(3), "3: b=3");
}

TEST_F(QueryTest, ARevisionThatIsNotThereIsRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(publisher_->get(target().selector, 99).status()));
}

}  // namespace
}  // namespace passerelle::publication
