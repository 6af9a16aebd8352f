#include "core/connectors/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "core/connectors/confinement.h"

namespace passerelle::connectors {
namespace {

namespace asio = boost::asio;

constexpr int kUnconfined = 1 << 16;  // above every errno: it is the confinement that failed
// In the child: tells the parent why exec failed; what it may reach.
constexpr int kReportFd = 3;
constexpr int kFenceFd = 4;

// Both ends of a pipe, closed unless released.
struct Pipe {
  int read_end = -1;
  int write_end = -1;
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_one(read_end);
    close_one(write_end);
  }
  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end = ends[0];
    write_end = ends[1];
    return true;
  }
  static void close_one(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
  static int release(int& fd) { return std::exchange(fd, -1); }
};

// glibc 2.36 declares pidfd_open() without C linkage.
int open_pid(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

std::string system_error(std::string_view what) {
  return fmt::format("{}: {}", what, std::strerror(errno));
}

// Everything the child needs, made before the fork: afterwards only async-signal-safe calls.
struct ChildPlan {
  std::string executable;
  std::string folder;
  std::vector<std::string> environment;
  std::vector<char*> argv;
  std::vector<char*> envp;
  Confinement* confinement = nullptr;
  pid_t parent = 0;
  int input = -1;
  int output = -1;
  int log = -1;
  int report = -1;
  int fence = -1;
};

std::string inherited(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return std::string(name) + "=" + (value != nullptr && *value != '\0' ? value : otherwise);
}

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

void fill(ChildPlan& plan, const ProcessSettings& settings) {
  plan.executable = settings.executable.string();
  plan.folder = settings.working_folder.string();
  plan.environment = {inherited("PATH", "/usr/local/bin:/usr/bin:/bin"),
                      inherited("LANG", "C.UTF-8"), "TZ=" + settings.time_zone};
  // The search for leaks traces the process from another one, which a plugin may not start.
  if (kIsSanitized) plan.environment.emplace_back("ASAN_OPTIONS=detect_leaks=0");
  plan.argv = {plan.executable.data(), nullptr};
  for (std::string& variable : plan.environment) plan.envp.push_back(variable.data());
  plan.envp.push_back(nullptr);
  plan.parent = ::getpid();
}

// `mark` is added to what the parent reads.
[[noreturn]] void fail_in_child(int mark = 0) {
  const int reason = errno + mark;
  [[maybe_unused]] const ssize_t written = ::write(kReportFd, &reason, sizeof(reason));
  ::_exit(127);
}

// In the child. What the hub ignores or blocks must not be inherited.
[[noreturn]] void become_the_plugin(const ChildPlan& plan) {
  if (::dup2(plan.report, kReportFd) < 0 || ::dup2(plan.input, STDIN_FILENO) < 0 ||
      ::dup2(plan.output, STDOUT_FILENO) < 0 || ::dup2(plan.log, STDERR_FILENO) < 0 ||
      (plan.fence >= 0 && ::dup2(plan.fence, kFenceFd) < 0)) {
    fail_in_child();
  }
  ::fcntl(kReportFd, F_SETFD, FD_CLOEXEC);
  ::close_range(plan.fence >= 0 ? kFenceFd + 1 : kFenceFd, ~0U, 0);
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.parent) ::_exit(127);  // the hub died in between
  ::umask(077);
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
  sigset_t no_signals;
  ::sigemptyset(&no_signals);
  ::sigprocmask(SIG_SETMASK, &no_signals, nullptr);
  if (::chdir(plan.folder.c_str()) != 0) fail_in_child();
  // Last: it may not do the above any more.
  if (!plan.confinement->apply(plan.fence >= 0 ? kFenceFd : -1)) fail_in_child(kUnconfined);
  ::execve(plan.executable.c_str(), plan.argv.data(), plan.envp.data());
  fail_in_child();
}

// The pipes' ends of the child must lie above those it moves them to.
bool lift(int& fd) {
  if (fd > kFenceFd) return true;
  const int lifted = ::fcntl(fd, F_DUPFD_CLOEXEC, kFenceFd + 1);
  ::close(fd);
  fd = lifted;
  return fd >= 0;
}

// Why exec failed, 0 if it did not.
int exec_error(int report) {
  int reason = 0;
  ssize_t got = 0;
  do {
    got = ::read(report, &reason, sizeof(reason));
  } while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof(reason)) ? reason : 0;
}

}  // namespace

std::string Exit::to_string() const {
  if (signal == 0) return fmt::format("exited with code {}", code);
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? fmt::format("was ended by SIG{}", name)
                         : fmt::format("was ended by signal {}", signal);
}

StatusOr<std::shared_ptr<Process>> Process::start(const asio::any_io_executor& executor,
                                                  const ProcessSettings& settings,
                                                  Handlers handlers) {
  // A plugin that ends while its first line is written must not end the hub; nor must the end of
  // whoever reads the hub's log.
  ::signal(SIGPIPE, SIG_IGN);
  Pipe input, output, log, report;
  if (!input.open() || !output.open() || !log.open() || !report.open()) {
    return base::internal(system_error("cannot open pipes"));
  }
  if (!lift(input.read_end) || !lift(output.write_end) || !lift(log.write_end) ||
      !lift(report.write_end)) {
    return base::internal(system_error("cannot open pipes"));
  }
  PAS_ASSIGN_OR_RETURN(Confinement confinement, Confinement::make(settings.reach));
  ChildPlan plan;
  fill(plan, settings);
  plan.confinement = &confinement;
  plan.input = input.read_end;
  plan.output = output.write_end;
  plan.log = log.write_end;
  plan.report = report.write_end;
  plan.fence = confinement.fence();
  const pid_t pid = ::_Fork();  // without at-fork handlers: the child calls nothing that needs them
  if (pid < 0) return base::internal(system_error("cannot fork"));
  if (pid == 0) become_the_plugin(plan);
  Pipe::close_one(report.write_end);
  const int reason = exec_error(report.read_end);
  const int pid_fd = reason == 0 ? open_pid(pid) : -1;
  if (pid_fd < 0) {
    const int cause = reason == 0 ? errno : reason;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    if (cause >= kUnconfined) {
      return base::internal(fmt::format(
          "{} is not started, because this machine cannot confine it: {}; its kernel needs seccomp "
          "filters (CONFIG_SECCOMP_FILTER), and the hub limits that it may lower",
          plan.executable, std::strerror(cause - kUnconfined)));
    }
    return base::internal(
        fmt::format("cannot start {}: {}", plan.executable, std::strerror(cause)));
  }
  std::shared_ptr<Process> process(new Process(executor, std::move(handlers)));
  process->adopt(pid, pid_fd, Pipe::release(input.write_end), Pipe::release(output.read_end),
                 Pipe::release(log.read_end));
  return process;
}

Process::Process(const asio::any_io_executor& executor, Handlers handlers)
    : handlers_(std::move(handlers)),
      pid_fd_(executor),
      input_(executor),
      output_(executor),
      log_(executor) {}

Process::~Process() {
  if (pid_ == 0 || has_exited_) return;
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Process::adopt(pid_t pid, int pid_fd, int input, int output, int log) {
  pid_ = pid;
  ::setpgid(pid, pid);  // whoever of both comes first
  pid_fd_.assign(pid_fd);
  input_.assign(input);
  output_.pipe.assign(output);
  log_.pipe.assign(log);
  output_.pipe.non_blocking(true);
  log_.pipe.non_blocking(true);
  read_more(output_, &Handlers::on_output);
  read_more(log_, &Handlers::on_log);
  wait_for_exit();
}

Status Process::write_line(std::string_view line) {
  const std::string text = std::string(line) + "\n";
  boost::system::error_code error;
  const std::size_t written = input_.write_some(asio::buffer(text), error);
  if (error || written != text.size()) {
    return base::unavailable("the plugin does not take its first line: " + error.message());
  }
  return absl::OkStatus();
}

void Process::close_input() {
  boost::system::error_code ignored;
  input_.close(ignored);
}

void Process::signal(int number) {
  if (!has_exited_) ::kill(-pid_, number);
}

void Process::read_more(Lines& lines, std::function<void(std::string)> Handlers::*handler) {
  lines.pipe.async_read_some(asio::buffer(lines.buffer),
                             [self = shared_from_this(), &lines, handler](
                                 boost::system::error_code error, std::size_t size) {
                               if (error || self->has_exited_) return;
                               lines.feed({lines.buffer.data(), size}, self->handlers_.*handler);
                               self->read_more(lines, handler);
                             });
}

void Process::wait_for_exit() {
  pid_fd_.async_wait(asio::posix::descriptor_base::wait_read,
                     [self = shared_from_this()](boost::system::error_code error) {
                       if (error) return;
                       siginfo_t info{};
                       ::waitid(P_PID, static_cast<id_t>(self->pid_), &info, WEXITED);
                       self->has_exited_ = true;
                       ::kill(-self->pid_, SIGKILL);  // what it has started and left behind
                       self->drain(self->output_, &Handlers::on_output);
                       self->drain(self->log_, &Handlers::on_log);
                       self->close_input();
                       boost::system::error_code ignored;
                       self->pid_fd_.close(ignored);
                       Exit exit;
                       (info.si_code == CLD_EXITED ? exit.code : exit.signal) = info.si_status;
                       const auto on_exit = std::move(self->handlers_.on_exit);
                       self->handlers_ = {};  // they may hold who holds us
                       on_exit(exit);
                     });
}

void Process::drain(Lines& lines, std::function<void(std::string)> Handlers::*handler) {
  boost::system::error_code error;
  for (;;) {
    const std::size_t size = lines.pipe.read_some(asio::buffer(lines.buffer), error);
    if (error || size == 0) break;
    lines.feed({lines.buffer.data(), size}, handlers_.*handler);
  }
  if (!lines.line.empty()) lines.feed("\n", handlers_.*handler);
  lines.pipe.close(error);
}

void Process::Lines::feed(std::string_view bytes, const std::function<void(std::string)>& on_line) {
  for (const char byte : bytes) {
    if (byte != '\n') {
      is_cut = is_cut || line.size() >= base::kPluginLogLineBytesMax;
      if (!is_cut) line += byte;
      continue;
    }
    if (is_cut) line += " [cut]";
    on_line(std::exchange(line, {}));
    is_cut = false;
  }
}

}  // namespace passerelle::connectors
