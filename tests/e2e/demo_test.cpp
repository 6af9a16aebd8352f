// The demo authority, as the quick start runs it, against its generator's own totals.
#include <gtest/gtest.h>

#include <map>

#include "tests/support/binary.h"

namespace passerelle::test {
namespace {

// Expected values by (indicator, grouping, period), read with Python's JSON rather than our own.
struct Expected {
  std::string indicator;
  std::string dimension;
  std::string member;
  std::string period;
  std::string value;
};

std::vector<Expected> cells_of(const Folder& folder) {
  const Finished finished = run({"/usr/bin/python3", "-c",
                                 "import json,sys\n"
                                 "print('indicator,dimension,member,period,value')\n"
                                 "for c in json.load(open(sys.argv[1]))['cells']:\n"
                                 "  d,m=next(iter(c['by'].items()),('',''))\n"
                                 "  print(c['indicator'],d,m,c['period'],c['value'],sep=',')\n",
                                 folder / "demo/totals.json"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  std::vector<Expected> cells;
  for (const Row& row : rows_of(finished.out)) {
    cells.push_back({row.at("indicator"), row.at("dimension"), row.at("member"), row.at("period"),
                     row.at("value")});
  }
  return cells;
}

TEST(Demo, TheHubPublishesWhatTheGeneratorAddedUp) {
  const Folder folder;
  const Finished made =
      run({"/usr/bin/python3", PASSERELLE_SOURCE_DIR "/deploy/demo/generate.py", folder / "demo"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const Finished checked = passerelle({"check", folder / "demo/model"});
  ASSERT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  const Finished synced = passerelle({"sync", "--model", folder / "demo/model", "--data",
                                      folder / "demo/data", "--output", "csv"});
  ASSERT_EQ(synced.exit_code, 0) << synced.out << synced.err;
  std::map<std::pair<std::string, std::string>, std::vector<Row>> published;
  std::size_t compared = 0;
  for (const Expected& cell : cells_of(folder)) {
    auto& rows = published[{cell.indicator, cell.dimension}];
    if (rows.empty()) {
      rows = get(folder / "demo/data", {cell.indicator}, cell.dimension, "");
      std::vector<std::string> by_year = {"get",    cell.indicator,       "--grain",  "year",
                                          "--data", folder / "demo/data", "--output", "csv"};
      if (!cell.dimension.empty()) by_year.insert(by_year.end(), {"--by", cell.dimension});
      const std::vector<Row> years = rows_of(passerelle(by_year).out);
      rows.insert(rows.end(), years.begin(), years.end());
    }
    std::map<std::string, std::string> where = {{"period", cell.period}};
    if (!cell.dimension.empty()) where[cell.dimension] = cell.member;
    EXPECT_EQ(value_of(rows, where), cell.value)
        << cell.indicator << " " << cell.dimension << "=" << cell.member << " " << cell.period;
    ++compared;
  }
  EXPECT_GT(compared, 300U);
  for (const Row& row : rows_of(synced.out)) {
    const long long read = std::stoll(row.at("read"));
    EXPECT_EQ(read, std::stoll(row.at("kept")) + std::stoll(row.at("unchanged")) +
                        std::stoll(row.at("stale")) + std::stoll(row.at("rejected")) +
                        std::stoll(row.at("dropped")))
        << row.at("connector");
    EXPECT_EQ(std::stoll(row.at("facts")),
              std::stoll(row.at("mapped")) + std::stoll(row.at("unmapped")));
  }
}

}  // namespace
}  // namespace passerelle::test
