// The readers on files as authorities and editors really write them. Skipped where the shared data
// is not at hand.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/base/decimal.h"
#include "core/formats/csv.h"
#include "core/formats/encoding.h"
#include "core/formats/json.h"
#include "core/formats/xml.h"
#include "core/formats/yaml.h"
#include "core/formats/zip.h"
#include "tests/core/formats/support.h"

#define OPEN_SHARED_OR_SKIP(variable, path)       \
  const std::string variable = shared_file(path); \
  if (variable.empty()) GTEST_SKIP() << "the shared data has no file " << path

namespace passerelle::formats {
namespace {

CsvReader csv_of(const std::string& file) {
  auto source = open_file(file);
  EXPECT_TRUE(source.ok());
  return CsvReader(std::make_unique<DecodingSource>(std::move(*source), Encoding::kDetect));
}

TEST(RealData, TheTableOfMontreuilHasNoBreakSpacesInItsHeader) {
  OPEN_SHARED_OR_SKIP(file, "budget-montreuil/agregation-montreuil.csv");
  CsvReader reader = csv_of(file);
  ASSERT_TRUE(*reader.next());
  const CsvHeader header(reader.fields());
  ASSERT_TRUE(header.require("Nature - Code").ok());
  ASSERT_TRUE(header.require("Fonction - Code").ok());
  const std::size_t policy = *header.require("Niveau a - Politique");
  std::size_t rows = 0;
  std::set<std::string> policies;
  while (*reader.next()) {
    ++rows;
    ASSERT_EQ(reader.fields().size(), header.names().size());
    policies.insert(std::string(reader.fields()[policy]));
  }
  EXPECT_EQ(rows, 15'074u);
  EXPECT_EQ(policies.count("Espaces publics"), 1u);
  EXPECT_EQ(policies.count("Espaces Publics"), 1u);
}

TEST(RealData, ChicagosSalariesAreQuotedForTheirCommas) {
  OPEN_SHARED_OR_SKIP(file, "hr-chicago/current_employees_sans_nom.csv");
  CsvReader reader = csv_of(file);
  ASSERT_TRUE(*reader.next());
  const CsvHeader header(reader.fields());
  const std::size_t department = *header.require("department");
  const std::size_t salary = *header.require("annual salary");
  std::size_t rows = 0;
  std::int64_t cents = 0;
  std::map<std::string, int> departments;
  while (*reader.next()) {
    ++rows;
    ++departments[std::string(reader.fields()[department])];
    std::string amount(reader.fields()[salary]);
    std::erase(amount, ',');
    if (!amount.empty()) cents += *base::parse_scaled(amount, 2);
  }
  EXPECT_EQ(rows, 31'059u);
  EXPECT_EQ(departments.size(), 36u);
  EXPECT_EQ(departments["POLICE"], 12'822);
  EXPECT_EQ(base::format_scaled(cents, 2), "2275518137.04");
}

TEST(RealData, ServiceNowsEventsStreamOutOfTheirArchive) {
  OPEN_SHARED_OR_SKIP(file, "tickets-servicenow/incident_event_log.zip");
  const auto archive = ZipArchive::open_file(file);
  ASSERT_TRUE(archive.ok());
  auto hashing = std::make_unique<HashingSource>(*(*archive)->open(*(*archive)->only_entry()));
  const HashingSource& passed = *hashing;
  CsvReader reader(std::make_unique<DecodingSource>(std::move(hashing), Encoding::kDetect));
  ASSERT_TRUE(*reader.next());
  const CsvHeader header(reader.fields());
  const std::size_t number = *header.require("number");
  std::size_t rows = 0;
  std::size_t tickets = 0;
  std::string last;
  CsvPosition middle;
  std::string at_middle;
  for (;;) {
    const auto more = reader.next();
    ASSERT_TRUE(more.ok());
    if (!*more) break;
    ++rows;
    if (reader.fields()[number] != last) ++tickets;
    last = reader.fields()[number];
    if (rows == 70'000) {
      middle = reader.position();
      at_middle = last;
    }
  }
  EXPECT_EQ(rows, 141'712u);
  EXPECT_EQ(tickets, 24'918u);
  EXPECT_EQ(passed.bytes(), 46'212'397u);

  CsvReader resumed(*(*archive)->open(*(*archive)->only_entry()));
  ASSERT_TRUE(resumed.skip_to(middle).ok());
  ASSERT_TRUE(*resumed.next());
  EXPECT_EQ(resumed.fields()[number], at_middle);
  EXPECT_EQ(resumed.position().row, 70'001u);
}

struct Counts {
  int lines = 0;
  std::set<std::string> namespaces;
  bool has_accent = false;
};

Counts counts_of(const std::string& file) {
  Counts counts;
  auto source = open_file(file);
  EXPECT_TRUE(source.ok());
  XmlReader reader(std::move(*source));
  for (;;) {
    const auto event = reader.next();
    EXPECT_TRUE(event.ok()) << event.status().ToString();
    if (!event.ok() || *event == XmlEvent::kDone) return counts;
    if (*event != XmlEvent::kStart) continue;
    if (reader.local_name() == "LigneBudget") {
      ++counts.lines;
      counts.namespaces.insert(std::string(reader.namespace_uri()));
    }
    for (const XmlAttribute& attribute : reader.attributes()) {
      counts.has_accent |= attribute.value.find("é") != std::string_view::npos;
    }
  }
}

TEST(RealData, MontreuilsAccountHasAllItsLines) {
  OPEN_SHARED_OR_SKIP(file, "budget-montreuil/CA_2018.xml");
  const Counts counts = counts_of(file);
  EXPECT_EQ(counts.lines, 1'431);
  EXPECT_EQ(counts.namespaces,
            std::set<std::string>{"http://www.minefi.gouv.fr/cp/demat/docbudgetaire"});
}

TEST(RealData, ABretonAccountInLatin1HasAllItsLinesAndAccents) {
  OPEN_SHARED_OR_SKIP(file, "budget-bretagne/DOCBUDG-21560134500014-CFU-BP-2023/totem.xml");
  const Counts counts = counts_of(file);
  EXPECT_EQ(counts.lines, 796);
  EXPECT_TRUE(counts.has_accent);
}

TEST(RealData, TheNormOfTheDsnIsReadWithItsPlaces) {
  OPEN_SHARED_OR_SKIP(file, "norme-dsn/norm-P26V01.yaml");
  auto source = open_file(file);
  const auto text = read_all(**source, 16 << 20);
  ASSERT_TRUE(text.ok());
  const auto yaml = parse_yaml(*text, "norm-P26V01.yaml");
  ASSERT_TRUE(yaml.ok()) << yaml.status().ToString();
  EXPECT_TRUE(yaml->is_map());
  EXPECT_FALSE(yaml->pairs.empty());
  const auto again = parse_yaml(write_yaml(*yaml), "written.yaml");
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(write_yaml(*again), write_yaml(*yaml));
}

TEST(RealData, AJsonDescriptionIsRead) {
  OPEN_SHARED_OR_SKIP(file, "budget-gironde-politiques/description-agregation.json");
  auto source = open_file(file);
  const auto text = read_all(**source, 1 << 20);
  ASSERT_TRUE(text.ok());
  const auto json = parse_json(*text);
  EXPECT_TRUE(json.ok()) << json.status().ToString();
}

}  // namespace
}  // namespace passerelle::formats
