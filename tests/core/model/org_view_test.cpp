#include "core/model/org_view.h"

#include <gmock/gmock.h>

namespace passerelle::model {
namespace {

using testing::ElementsAre;

TEST(OrgView, OnlyTheDimensionsOfTheOrganisationAreSeenAnew) {
  EXPECT_THAT(in_org_view({"activity", "direction", "service"}, "is"),
              ElementsAre("activity", "direction@is", "service@is"));
  EXPECT_THAT(in_org_view({"activity", "direction"}, "was"), ElementsAre("activity", "direction"));
  EXPECT_THAT(in_org_view({"direction"}, ""), ElementsAre("direction"));
}

TEST(OrgView, ANameTellsItsDimensionAndItsView) {
  EXPECT_EQ(plain_dimension("direction@2026-01-01"), "direction");
  EXPECT_EQ(org_view_of("direction@2026-01-01"), "2026-01-01");
  EXPECT_EQ(plain_dimension("nature"), "nature");
  EXPECT_EQ(org_view_of("nature"), "");
}

TEST(OrgView, AViewIsWasIsOrADate) {
  for (const char* view : {"was", "is", "2026-02-28"}) EXPECT_TRUE(check_org_view(view).ok());
  for (const char* view : {"", "now", "2026-02-30", "2026"}) {
    EXPECT_FALSE(check_org_view(view).ok()) << view;
  }
}

}  // namespace
}  // namespace passerelle::model
