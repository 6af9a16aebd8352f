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
    return text(publisher_->get(target().selector, {revision, ""}));
  }
};

TEST_F(QueryTest, CellsComeSortedByKeyWithTheirLastChange) {
  set("b", 2);
  set("a", 1);
  commit();
  set("a", 5);
  commit();
  const auto answer = publisher_->get(target().selector, {});
  EXPECT_EQ(text(answer), "3: a=5 b=2");
  EXPECT_EQ(answer->cells[0].revision, 3U);
  EXPECT_EQ(answer->cells[0].previous_scaled, 1);
  EXPECT_EQ(answer->cells[1].revision, 2U);
  EXPECT_EQ(answer->cells[1].previous_scaled, std::nullopt);
  EXPECT_EQ(answer->hash,
            model::cell_hash(key("a"), number(5)) ^ model::cell_hash(key("b"), number(2)));
}

TEST_F(QueryTest, ASuppressedCellHasNoPreviousValue) {
  set("a", 7);
  commit();
  state_.set(cuboid_, {"a"}, "2026", 0, no_value(model::NaReason::kSuppressed));
  commit();
  const auto answer = publisher_->get(target().selector, {});
  EXPECT_EQ(answer->cells[0].value.na, model::NaReason::kSuppressed);
  EXPECT_EQ(answer->cells[0].revision, 3U);
  EXPECT_EQ(answer->cells[0].previous_scaled, std::nullopt);
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

TEST_F(QueryTest, ADateIsAnsweredWithWhatWasKnownAtItsEndInTheAuthoritysZone) {
  const auto known = [&](const std::string& date) {
    return text(publisher_->get(target().selector, {0, date}));
  };
  const auto set_at = [&](const std::string& instant, std::int64_t value) {
    clock_.set(*base::parse_instant(instant));
    set("a", value);
    commit();
  };
  set_at("2026-03-31T21:59:59Z", 1);  // 23:59:59 in Paris
  set_at("2026-03-31T22:00:00Z", 2);  // midnight
  set_at("2026-04-10T08:00:00Z", 3);
  EXPECT_EQ(known("2026-03-31"), "2: a=1");
  EXPECT_EQ(known("2026-04-01"), "3: a=2");
  EXPECT_EQ(known("2026-04-10T07:59:59Z"), "3: a=2");
  EXPECT_EQ(known("2026-04-10T08:00:00Z"), "4: a=3");
  EXPECT_EQ(known("2030-01-01"), "4: a=3");
  const auto early = publisher_->get(target().selector, {0, "1999-12-31"});
  EXPECT_TRUE(absl::IsOutOfRange(early.status())) << early.status();
  EXPECT_TRUE(absl::IsInvalidArgument(publisher_->get(target().selector, {0, "31/03"}).status()));
  EXPECT_TRUE(
      absl::IsInvalidArgument(publisher_->get(target().selector, {2, "2026-03-31"}).status()));
}

TEST_F(QueryTest, AKnownDateIsFoundInsideALongHistory) {
  constexpr base::Instant kStart = 1'800'000'000'000'000;
  for (int i = 0; i < 300; ++i) {
    clock_.set(kStart + i * base::kMicrosPerDay);
    for (int k = 0; k < 100; ++k) set("k" + std::to_string(k), i);
    commit();
  }
  for (const int i : {0, 1, 77, 150, 298, 299}) {
    const std::string instant = base::format_instant(kStart + i * base::kMicrosPerDay);
    EXPECT_EQ(publisher_->get(target().selector, {0, instant})->revision,
              static_cast<model::Revision>(i + 2));
  }
}

TEST_F(QueryTest, ARevisionThatIsNotThereIsRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(publisher_->get(target().selector, {99, ""}).status()));
}

}  // namespace
}  // namespace passerelle::publication
