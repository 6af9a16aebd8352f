// What needs no database: manifests, and servers that are not there or do not answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "core/formats/byte_source.h"
#include "plugins/sdk/describe.h"
#include "plugins/sql/connector.h"
#include "plugins/sql/database.h"
#include "plugins/sql/manifest.h"

namespace passerelle::sql {
namespace {

using std::chrono::steady_clock;
using ::testing::HasSubstr;
using tcp = boost::asio::ip::tcp;

Access access(std::uint16_t port) {
  Access access;
  access.address = "127.0.0.1:" + std::to_string(port);
  access.database = "sirh";
  access.user = "lecteur";
  access.password = "p-123456";
  access.time_zone = "Europe/Paris";
  return access;
}

TEST(SqlManifest, SaysEveryProblemWithItsPlaceAndItsRemedy) {
  const auto parsed = parse_manifest(
      "engine: sql\n"
      "streams:\n"
      "  absence:\n"
      "    kind: absence\n"
      "    query: SELECT 1; DROP TABLE x\n"
      "    page: 0\n"
      "    compare: 1d\n"
      "    id: [cle]\n"
      "    fields: {form: du}\n"
      "  paie:\n"
      "    kind: payroll\n"
      "    changes: {colum: maj}\n"
      "    id: [cle]\n"
      "    fields: {from: du}\n",
      "m.manifest");
  const std::string problems = base::message_of(parsed.status());
  for (const char* part :
       {"m.manifest:5:", "the query holds a ;", "no key is given", "page is '0'",
        "remove `compare`, or describe `changes`", "field form has no type", "no query is given",
        "did you mean 'column'?", "`changes` lacks `column`"}) {
    EXPECT_THAT(problems, HasSubstr(part));
  }
}

TEST(SqlManifest, ReadsAWholeOne) {
  const auto parsed = parse_manifest(
      "engine: sql\nstreams:\n  absence:\n    kind: absence\n    query: SELECT cle FROM a\n"
      "    key: [cle]\n    changes: {column: maj, overlap: 2h}\n    compare: 1d\n    id: [cle]\n"
      "    fields: {family: cle}\n",
      "m");
  ASSERT_TRUE(parsed.ok()) << parsed.status().ToString();
  EXPECT_EQ(parsed->streams[0].changes->overlap, std::chrono::hours(2));
  EXPECT_EQ(parsed->streams[0].changes->compare_every, std::chrono::hours(24));
  EXPECT_EQ(parsed->streams[0].page, 5'000);
}

TEST(SqlDatabase, ThatIsNotThereIsTriedLater) {
  boost::asio::io_context io;
  std::uint16_t port = 0;
  {
    const tcp::acceptor taken(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    port = taken.local_endpoint().port();
  }
  const auto connected = Database::connect(access(port), [] { return false; });
  EXPECT_TRUE(base::is_transient(connected.status())) << connected.status();
  EXPECT_EQ(base::message_of(connected.status()).find("p-123456"), std::string::npos);
}

TEST(SqlDatabase, ThatDoesNotAnswerIsLeftWhenTheReadIsCancelled) {
  boost::asio::io_context io;
  const tcp::acceptor silent(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  const auto begin = steady_clock::now();
  const auto connected = Database::connect(access(silent.local_endpoint().port()), [&begin] {
    return steady_clock::now() - begin > std::chrono::milliseconds(300);
  });
  EXPECT_EQ(connected.status().code(), absl::StatusCode::kCancelled);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(1));
}

TEST(SqlDatabase, NamesAreQuoted) {
  EXPECT_EQ(quoted_name("Clé"), "\"Clé\"");
  EXPECT_EQ(quoted_name("a\"b"), "\"a\"\"b\"");
}

TEST(SqlConnectorTest, IsDescribedInItsReadmeByTheCode) {
  auto source = formats::open_file(PASSERELLE_SOURCE_DIR "/plugins/sql/README.md");
  ASSERT_TRUE(source.ok()) << source.status().ToString();
  const auto readme = formats::read_all(**source, 1 << 20);
  ASSERT_TRUE(readme.ok());
  EXPECT_THAT(*readme, HasSubstr(sdk::to_markdown(SqlConnector().describe())))
      << "put the tables of `sql --describe` into the README";
}

}  // namespace
}  // namespace passerelle::sql
