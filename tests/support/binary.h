// Runs the real program in tests: in a folder of its own, with its output kept, killed at the end.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace passerelle::test {

// A temporary folder that goes with the object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  // Writes `text`, making the folders above.
  void write(const std::string& name, const std::string& text) const;
  std::string read(const std::string& name) const;

 private:
  std::filesystem::path path_;
};

struct Finished {
  int exit_code = -1;  // 128 + n when a signal n ended it
  std::string out;
  std::string err;
};

// The program under test: $PASSERELLE_BIN or the one that was built with the tests.
std::string passerelle_binary();
// Runs `arguments[0]` with the rest; a run longer than `limit` is killed (exit code 137).
Finished run(const std::vector<std::string>& arguments,
             std::chrono::seconds limit = std::chrono::seconds(120));
// The same for the program under test; --log warn is added.
Finished passerelle(std::vector<std::string> arguments,
                    std::chrono::seconds limit = std::chrono::seconds(120));

// A program in the background; killed at the end. Its output goes to files of `folder`.
class Background {
 public:
  Background(const Folder& folder, const std::string& name, std::vector<std::string> arguments);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number) const;
  // Waits for its end; -1 if it runs longer than `limit`.
  int wait(std::chrono::seconds limit);
  std::string out() const;
  std::string err() const;

 private:
  std::string out_file_;
  std::string err_file_;
  pid_t pid_ = -1;
  int exit_code_ = -1;
};

// Rows of the program's CSV output, by column name.
using Row = std::map<std::string, std::string>;
std::vector<Row> rows_of(const std::string& csv);
// `get` on the data of a stopped hub (or a running one): the rows, or a failed expectation.
std::vector<Row> get(const std::string& data, const std::vector<std::string>& indicators,
                     const std::string& by, const std::string& period = "",
                     const std::string& where = "");
// The one value of a selection: "191602651.45", "na NO_DATA", or "" without a cell.
std::string value_of(const std::vector<Row>& rows, const std::map<std::string, std::string>& where);

// The data that lies beside the project: $PASSERELLE_SHARED/data; empty when it is not there.
std::string shared_data();
// Waits until `condition` holds, at most `limit`.
bool eventually(const std::function<bool()>& condition,
                std::chrono::seconds limit = std::chrono::seconds(20));

}  // namespace passerelle::test

// In a test: skips it when the shared data is not at hand (tests/run counts a skip as a failure
// where the data lies beside the project).
#define PAS_NEEDS_SHARED_DATA()                                                            \
  if (::passerelle::test::shared_data().empty()) {                                         \
    GTEST_SKIP() << "the shared data is not at hand; set PASSERELLE_SHARED to its folder"; \
  }
