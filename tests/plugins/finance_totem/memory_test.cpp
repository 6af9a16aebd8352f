// The connector's peak memory does not depend on the size of its input.
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "plugins/finance_totem/connector.h"
#include "plugins/sdk/config.h"
#include "tests/plugins/finance_totem/documents.h"

namespace passerelle::finance_totem::testing {
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

// Every line has a key of its own, every seventh post is unique: the worst case.
std::uint64_t write_document(const std::string& path, std::uint64_t bytes) {
  std::ofstream out(path, std::ios::binary);
  DocumentText document;
  document.annexes = "@";
  const std::string text = to_xml(document);
  const std::size_t middle = text.find('@');
  out << text.substr(0, middle);
  std::uint64_t records = 0;
  while (static_cast<std::uint64_t>(out.tellp()) < bytes * 3 / 4) {
    out << "<LigneBudget><Nature V=\"2313\"/><Fonction V=\"020\"/><ContNat V=\"23\"/>"
           "<CodRD V=\"D\"/><OpBudg V=\"0\"/><Operation V=\""
        << records++
        << "\"/><MtBudgPrec V=\"0.00\"/><CredOuv V=\"100.00\"/><MtReal V=\"12.34\"/>"
           "<CaracSup Code=\"Section\" V=\"I\"/></LigneBudget>\n";
  }
  out << "<Annexes><DATA_PERSONNEL>";
  while (static_cast<std::uint64_t>(out.tellp()) < bytes) {
    const std::uint64_t grade = records % 7 == 0 ? records : records % 100;
    out << position("Grade " + std::to_string(grade), "0.8");
    ++records;
  }
  out << "</DATA_PERSONNEL></Annexes>" << text.substr(middle + 1);
  return records;
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
  TotemConnector connector;
  std::vector<sdk::Problem> problems;
  const auto config = sdk::make_config(connector.describe().config,
                                       {R"({"path": "*.xml"})", {}, folder, "UTC"}, &problems);
  NullOutput out;
  const Status status = connector.read(*config, "", out);
  const bool good = status.ok() && out.closed == 2 && out.writer.rejects == 0 &&
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
      write_document(folder.path() + "/document.xml", megabytes * 1'000'000);
  return peak_kib(folder.path(), records);
}

TEST(TotemMemory, IsTheSameForASmallAndALargeDocument) {
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
}  // namespace passerelle::finance_totem::testing
