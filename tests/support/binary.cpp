#include "tests/support/binary.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace passerelle::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// Starts `arguments` in a process group of its own, with output to two files.
pid_t start(const std::vector<std::string>& arguments, const std::string& out,
            const std::string& err) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  setpgid(0, 0);
  const int out_file = open(out.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
  const int err_file = open(err.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, 0);
  dup2(out_file, 1);
  dup2(err_file, 2);
  setenv("LC_ALL", "C.UTF-8", 1);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The process's exit code; -1 while it runs after `limit`.
int wait_for(pid_t pid, Clock::duration limit) {
  const auto end = Clock::now() + limit;
  for (;;) {
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) == pid) return exit_code_of(status);
    if (Clock::now() >= end) return -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

Folder::Folder() {
  std::string pattern = (fs::temp_directory_path() / "passerelle-test-XXXXXX").string();
  path_ = mkdtemp(pattern.data());
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void Folder::write(const std::string& name, const std::string& text) const {
  fs::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << text;
}

std::string Folder::read(const std::string& name) const { return text_of((path_ / name).string()); }

std::string passerelle_binary() {
  const char* chosen = std::getenv("PASSERELLE_BIN");
  return chosen != nullptr ? chosen : PASSERELLE_BUILT_BIN;
}

Finished run(const std::vector<std::string>& arguments, std::chrono::seconds limit) {
  const Folder folder;
  Finished finished;
  const pid_t pid = start(arguments, folder / "out", folder / "err");
  finished.exit_code = wait_for(pid, limit);
  if (finished.exit_code < 0) {
    kill(-pid, SIGKILL);
    finished.exit_code = wait_for(pid, std::chrono::seconds(10));
  }
  finished.out = folder.read("out");
  finished.err = folder.read("err");
  return finished;
}

Finished passerelle(std::vector<std::string> arguments, std::chrono::seconds limit) {
  std::vector<std::string> all = {passerelle_binary(), "--log", "warn"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run(all, limit);
}

Background::Background(const Folder& folder, const std::string& name,
                       std::vector<std::string> arguments)
    : out_file_(folder / (name + ".out")), err_file_(folder / (name + ".err")) {
  pid_ = start(arguments, out_file_, err_file_);
}

Background::~Background() {
  if (exit_code_ < 0) {
    kill(-pid_, SIGKILL);
    wait_for(pid_, std::chrono::seconds(10));
  }
}

bool Background::running() {
  if (exit_code_ < 0) exit_code_ = wait_for(pid_, Clock::duration::zero());
  return exit_code_ < 0;
}

void Background::signal(int number) const { kill(pid_, number); }

int Background::wait(std::chrono::seconds limit) {
  if (exit_code_ < 0) exit_code_ = wait_for(pid_, limit);
  return exit_code_;
}

std::string Background::out() const { return text_of(out_file_); }
std::string Background::err() const { return text_of(err_file_); }

std::vector<Row> rows_of(const std::string& csv) {
  std::vector<std::vector<std::string>> lines(1, std::vector<std::string>(1));
  bool quoted = false;
  for (std::size_t i = 0; i < csv.size(); ++i) {
    const char c = csv[i];
    if (quoted) {
      if (c == '"' && i + 1 < csv.size() && csv[i + 1] == '"') {
        lines.back().back() += csv[++i];
      } else if (c == '"') {
        quoted = false;
      } else {
        lines.back().back() += c;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      lines.back().emplace_back();
    } else if (c == '\n') {
      lines.emplace_back(1);
    } else {
      lines.back().back() += c;
    }
  }
  std::vector<Row> rows;
  for (std::size_t r = 1; r + 1 < lines.size(); ++r) {
    Row row;
    for (std::size_t i = 0; i < lines[0].size() && i < lines[r].size(); ++i) {
      row[lines[0][i]] = lines[r][i];
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Row> get(const std::string& data, const std::vector<std::string>& indicators,
                     const std::string& by, const std::string& period, const std::string& where) {
  std::vector<std::string> arguments = {"get"};
  arguments.insert(arguments.end(), indicators.begin(), indicators.end());
  for (const auto& [option, text] : std::vector<std::pair<std::string, std::string>>{
           {"--by", by}, {"--period", period}, {"--where", where}}) {
    if (text.empty()) continue;
    arguments.push_back(option);
    arguments.push_back(text);
  }
  for (const char* last : {"--data", data.c_str(), "--output", "csv"}) arguments.emplace_back(last);
  const Finished finished = passerelle(arguments);
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  return rows_of(finished.out);
}

std::string value_of(const std::vector<Row>& rows,
                     const std::map<std::string, std::string>& where) {
  for (const Row& row : rows) {
    bool matches = true;
    for (const auto& [column, text] : where) {
      const auto cell = row.find(column);
      matches = matches && cell != row.end() && cell->second == text;
    }
    if (!matches) continue;
    const std::string& na = row.at("na");
    return na.empty() ? row.at("value") : "na " + na;
  }
  return "";
}

std::string shared_data() {
  const char* chosen = std::getenv("PASSERELLE_SHARED");
  const fs::path folder = fs::path(chosen != nullptr ? chosen : PASSERELLE_DEFAULT_SHARED) / "data";
  return fs::is_directory(folder) ? folder.string() : "";
}

bool eventually(const std::function<bool()>& condition, std::chrono::seconds limit) {
  const auto end = Clock::now() + limit;
  while (Clock::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return condition();
}

}  // namespace passerelle::test
