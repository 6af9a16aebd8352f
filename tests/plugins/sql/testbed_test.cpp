// A real PostgreSQL 15 with a legacy HR schema. PASSERELLE_TESTBED is the folder of the test bed
// (see tests/README.md); totals are those of the database itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "core/base/decimal.h"
#include "core/formats/byte_source.h"
#include "core/formats/json.h"
#include "plugins/sdk/test_output.h"
#include "plugins/sql/connector.h"
#include "plugins/sql/database.h"

namespace passerelle::sql {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kAddress = "127.0.0.1:55404";

// The schema's habits: padded codes, days as texts of eight digits, an empty text for none, amounts
// in cents, half days.
constexpr const char* kAbsences = R"yaml(engine: sql
time_zone: Europe/Paris
streams:
  absence:
    kind: absence
    query: SELECT id_abs, matricule, cd_motif, dt_deb, dt_fin, nb_demi_j, annule, dt_maj FROM grh.absence
    key: [id_abs]
    page: 1000
    changes: {column: dt_maj, overlap: 1h}
    id: [id_abs]
    when: "annule == 'N'"
    fields:
      agent: {column: matricule, type: person, scheme: matricule}
      family: cd_motif
      from: {column: dt_deb, format: "%Y%m%d"}
      to: {column: dt_fin, format: "%Y%m%d"}
      half_days: {column: nb_demi_j, type: integer}
)yaml";

constexpr const char* kPayroll = R"yaml(engine: sql
streams:
  payroll:
    kind: payroll
    query: |
      SELECT b.periode, b.matricule, b.id_bul, s.cd_direction, b.brut_cts
      FROM grh.bulletin b JOIN grh.service s USING (cd_service)
    key: [periode, matricule, id_bul]
    page: 777
    id: [id_bul]
    fields:
      agent: {column: matricule, type: person, scheme: matricule}
      service: cd_direction
      from: {column: periode, format: "%Y%m"}
      gross: {expression: "decimal(brut_cts) / 100"}
)yaml";

class SqlTestbed : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("PASSERELLE_TESTBED");
    ASSERT_NE(folder, nullptr) << "set PASSERELLE_TESTBED to the folder of the test bed";
    const auto source = formats::open_file(std::string(folder) + "/postgres-hr/expected.json");
    ASSERT_TRUE(source.ok()) << source.status();
    truth_ = *formats::parse_json(*formats::read_all(**source, 1 << 20));
    std::string name = (std::filesystem::temp_directory_path() / "sql_test_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~SqlTestbed() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  StatusOr<sdk::Written> read(const std::string& manifest, const std::string& checkpoint = "",
                              std::size_t stop_after = 0, const std::string& password = "lecteur") {
    std::ofstream(folder_ + "/m.manifest") << manifest;
    SqlConnector connector;
    return sdk::read_in_process(connector,
                                R"({"manifest": "m.manifest", "address": ")" +
                                    std::string(kAddress) +
                                    R"(", "database": "sirh", "user": "lecteur"})",
                                folder_, checkpoint, stop_after, {{"password", password}});
  }

  formats::Json truth_;
  std::string folder_;
};

TEST_F(SqlTestbed, AbsencesAreThoseOfTheDatabaseByMotiveAlsoInPieces) {
  const auto first = read(kAbsences, "", 2);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto rest = read(kAbsences, first->checkpoints.back());
  ASSERT_TRUE(rest.ok()) << rest.status();
  EXPECT_THAT(rest->rejects, SizeIs(0));
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> motives;
  std::set<std::string> ids;
  for (const auto* part : {&*first, &*rest}) {
    for (const auto& record : part->records) {
      EXPECT_TRUE(ids.insert(record.id).second) << record.id;
      auto& [count, half_days] = motives[record.texts.at("family")];
      ++count;
      half_days += record.numbers.at("half_days");
    }
  }
  for (const formats::Json& row : truth_.find("absences_jours_par_motif")->items) {
    const auto& [count, half_days] = motives[row.find("motif")->text];
    EXPECT_EQ(std::to_string(count), row.find("n")->text);
    EXPECT_EQ(half_days * 5, *base::parse_scaled(row.find("jours")->text, 1));
  }
  EXPECT_TRUE(rest->scopes[0].replace && rest->scopes[0].closed);

  const auto again = read(kAbsences, rest->checkpoints.back());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_FALSE(again->scopes[0].replace);
  EXPECT_LT(again->records.size(), 50u);
}

TEST_F(SqlTestbed, PayIsThatOfTheDatabaseByDirectionAndYearToTheCent) {
  const auto written = read(kPayroll);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_THAT(written->rejects, SizeIs(0));
  std::map<std::pair<std::string, std::string>, std::int64_t> gross;
  for (const auto& record : written->records) {
    const auto day = static_cast<base::Days>(record.numbers.at("from"));
    gross[{record.texts.at("service"), base::format_date(day).substr(0, 4)}] +=
        record.numbers.at("gross");
  }
  int compared = 0;
  for (const formats::Json& row : truth_.find("brut_par_direction_annee")->items) {
    std::string direction = row.find("direction")->text;
    direction.erase(direction.find_last_not_of(' ') + 1);
    EXPECT_EQ(std::to_string(gross[{direction, row.find("annee")->text}]),
              row.find("brut_cts")->text)
        << direction;
    ++compared;
  }
  EXPECT_GT(compared, 20);
}

TEST_F(SqlTestbed, AnAccountThatIsRefusedAndAQueryThatIsWrongSayWhoMustDoWhat) {
  EXPECT_THAT(base::message_of(read(kAbsences, "", 0, "wrong").status()),
              HasSubstr("password authentication failed"));
  std::string wrong = kAbsences;
  wrong.replace(wrong.find("grh.absence"), 11, "grh.absense");
  EXPECT_THAT(base::message_of(read(wrong).status()), HasSubstr("correct the manifest's query"));
  std::string column = kAbsences;
  column.replace(column.find("family: cd_motif"), 16, "family: cd_motife");
  EXPECT_THAT(base::message_of(read(column).status()), HasSubstr("cd_motif"));
}

TEST_F(SqlTestbed, ASessionWritesNothingWhateverItsAccountMayDo) {
  Access access;
  access.address = kAddress;
  access.database = "sirh";
  access.user = "lecteur";
  access.password = "lecteur";
  access.time_zone = "Europe/Paris";
  const auto database = Database::connect(access, [] { return false; });
  ASSERT_TRUE(database.ok()) << database.status();
  const auto shown = (*database)->select("SHOW transaction_read_only", {});
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(shown->cells[0][0], "on");
  EXPECT_THAT(base::message_of((*database)->select("CREATE TEMP TABLE x(y int)", {}).status()),
              HasSubstr("read-only transaction"));
}

TEST_F(SqlTestbed, AQueryThatTakesLongIsEndedWhenTheReadIsCancelled) {
  Access access;
  access.address = kAddress;
  access.database = "sirh";
  access.user = "lecteur";
  access.password = "lecteur";
  access.time_zone = "Europe/Paris";
  bool cancelled = false;
  const auto database = Database::connect(access, [&cancelled] { return cancelled; });
  ASSERT_TRUE(database.ok()) << database.status();
  cancelled = true;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ((*database)->select("SELECT pg_sleep(30)", {}).status().code(),
            absl::StatusCode::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

}  // namespace
}  // namespace passerelle::sql
