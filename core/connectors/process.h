// A plugin's process: its own group, a clean environment, three pipes, and no way to stay behind.
#pragma once

#include <sys/types.h>

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "core/base/status.h"
#include "core/connectors/reach.h"

namespace passerelle::connectors {

// How a process ended.
struct Exit {
  int code = 0;
  int signal = 0;  // 0: it ended itself, by `code`
  // "exited with code 3", "was ended by SIGSEGV".
  std::string to_string() const;
};

struct ProcessSettings {
  std::filesystem::path executable;
  std::filesystem::path working_folder;
  std::string time_zone;  // TZ; with PATH and LANG the whole environment
  Reach reach;
};

// Handlers are called on the process's executor; none after `on_exit`. All functions: on the
// executor (a strand).
class Process : public std::enable_shared_from_this<Process> {
 public:
  struct Handlers {
    std::function<void(std::string line)> on_output;  // a line of standard output
    std::function<void(std::string line)> on_log;     // a line of standard error
    std::function<void(Exit exit)> on_exit;  // after its last lines; its whole group is gone
  };

  // Starts the program: no argument, descriptors 0 to 2 only, confined (confinement.h), ended by
  // the kernel should this thread end. INTERNAL names what the system refused.
  static StatusOr<std::shared_ptr<Process>> start(const boost::asio::any_io_executor& executor,
                                                  const ProcessSettings& settings,
                                                  Handlers handlers);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool has_exited() const { return has_exited_; }
  // To standard input; the line must be short (PIPE_BUF).
  Status write_line(std::string_view line);
  void close_input();
  // To the process and everything it has started; nothing once it has exited.
  void signal(int number);

 private:
  // Cuts a pipe's bytes into lines of at most kPluginLogLineBytesMax; what is longer is left out.
  struct Lines {
    explicit Lines(const boost::asio::any_io_executor& executor) : pipe(executor) {}
    void feed(std::string_view bytes, const std::function<void(std::string)>& on_line);
    boost::asio::posix::stream_descriptor pipe;
    std::array<char, 4096> buffer{};
    std::string line;
    bool is_cut = false;
  };

  Process(const boost::asio::any_io_executor& executor, Handlers handlers);
  void adopt(pid_t pid, int pid_fd, int input, int output, int log);
  void read_more(Lines& lines, std::function<void(std::string)> Handlers::*handler);
  void wait_for_exit();
  void drain(Lines& lines, std::function<void(std::string)> Handlers::*handler);

  Handlers handlers_;
  pid_t pid_ = 0;
  bool has_exited_ = false;
  boost::asio::posix::stream_descriptor pid_fd_;
  boost::asio::posix::stream_descriptor input_;
  Lines output_;
  Lines log_;
};

}  // namespace passerelle::connectors
