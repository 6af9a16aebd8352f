// The connector's peak memory does not depend on the size of its input.
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "plugins/hr_dsn/connector.h"
#include "plugins/sdk/config.h"
#include "tests/plugins/hr_dsn/declarations.h"

namespace passerelle::hr_dsn::testing {
namespace {

// Takes records and keeps none.
class NullWriter final : public sdk::StreamWriter {
 public:
  StreamWriter& begin(std::string_view, std::int64_t, std::uint64_t) override { return *this; }
  StreamWriter& set(std::string_view, std::string_view) override { return *this; }
  StreamWriter& set_number(std::string_view, std::int64_t) override { return *this; }
  StreamWriter& set(std::size_t, std::string_view) override { return *this; }
  StreamWriter& set_number(std::size_t, std::int64_t) override { return *this; }
  StreamWriter& natural_key(std::string_view) override { return *this; }
  void end() override { ++records; }
  void deleted(std::string_view, std::int64_t, std::uint64_t) override {}
  void reject(sdk::Reject) override { ++rejects; }
  std::uint64_t records = 0;
  std::uint64_t rejects = 0;
};

class NullOutput final : public sdk::Output {
 public:
  sdk::StreamWriter& stream(std::string_view) override { return writer; }
  void open_scope(std::string_view, const std::vector<std::string>&, sdk::Visibility, bool,
                  std::int64_t) override {}
  void close_scope() override { ++closed; }
  void abort_scope(sdk::Reject) override {}
  void checkpoint(std::string_view) override {}
  void complete_to(std::string_view, base::Days) override {}
  void progress(std::uint64_t, std::uint64_t, std::string_view) override {}
  bool cancelled() const override { return false; }
  NullWriter writer;
  int closed = 0;
};

// One declaration of many individuals; two records each.
std::uint64_t write_declaration(const std::string& path, std::uint64_t bytes) {
  Declaration declaration;
  declaration.people[0].matricule = "@MATRICULE";
  declaration.people[0].contracts[0].number = "@CONTRACT";
  const std::string text = sending(declaration);
  const std::size_t first = text.find("S21.G00.30.001");
  const std::size_t end = text.find("S90.G00.90.001");
  const std::string individual = text.substr(first, end - first);
  const auto head = std::count(text.begin(), text.begin() + static_cast<long>(first), '\n');
  const auto each = std::count(individual.begin(), individual.end(), '\n');
  std::ofstream out(path, std::ios::binary);
  out << text.substr(0, first);
  std::uint64_t people = 0;
  while (static_cast<std::uint64_t>(out.tellp()) < bytes) {
    std::string one = individual;
    const std::string number = std::to_string(people++);
    for (std::size_t at = 0; (at = one.find('@', at)) != std::string::npos;) {
      one.replace(at, 1, number);
    }
    out << one;
  }
  const std::uint64_t rubrics =
      static_cast<std::uint64_t>(head) + people * static_cast<std::uint64_t>(each) + 2;
  out << rubric("S90.G00.90.001", std::to_string(rubrics)) << rubric("S90.G00.90.002", "1");
  return people * 2;
}

// A line of /proc/self/status in KiB.
long status_kib(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1));
  }
  return -1;
}

// By how many KiB the resident memory grows at its peak; -1 if the read fails.
long growth_of_a_read(const std::string& folder, std::uint64_t records_expected) {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak is counted from here
  const long before = status_kib("VmRSS");
  DsnConnector connector;
  std::vector<sdk::Problem> problems;
  const auto config = sdk::make_config(connector.describe().config,
                                       {R"({"path": "*.dsn"})", {}, folder, "UTC"}, &problems);
  NullOutput out;
  const Status status = connector.read(*config, "", out);
  const bool good = status.ok() && out.closed == 1 && out.writer.rejects == 0 &&
                    out.writer.records == records_expected;
  return good ? status_kib("VmHWM") - before : -1;
}

// In a process of its own, so that nothing freed before is used again.
long peak_kib(const std::string& folder, std::uint64_t records_expected) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const long growth = growth_of_a_read(folder, records_expected);
    ::_exit(::write(ends[1], &growth, sizeof growth) == sizeof growth ? 0 : 1);
  }
  long growth = -1;
  EXPECT_EQ(::read(ends[0], &growth, sizeof growth), static_cast<ssize_t>(sizeof growth));
  ::close(ends[0]);
  ::close(ends[1]);
  ::waitpid(child, nullptr, 0);
  EXPECT_GT(growth, 0) << "the read in the child process failed";
  return growth;
}

long peak_for(std::uint64_t megabytes) {
  Folder folder;
  const std::uint64_t records =
      write_declaration(folder.path() + "/month.dsn", megabytes * 1'000'000);
  return peak_kib(folder.path(), records);
}

TEST(DsnMemory, IsTheSameForASmallAndALargeDeclaration) {
  const char* nightly_value = std::getenv("PASSERELLE_NIGHTLY");
  const bool nightly = nightly_value != nullptr && std::string_view(nightly_value) == "1";
  const long small = peak_for(10);
  const long large = peak_for(nightly ? 200 : 60);
  RecordProperty("peak_kib_small", std::to_string(small));
  RecordProperty("peak_kib_large", std::to_string(large));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(large, small + 2'048) << "KiB";
#endif
}

}  // namespace
}  // namespace passerelle::hr_dsn::testing
