// A program that is no plugin at all. What it does is the name it was started by.
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>
#include <thread>

namespace {

// The socket's path out of the hub's line.
std::string socket_of(const std::string& line) {
  const std::string key = "\"socket\":\"";
  const std::size_t at = line.find(key) + key.size();
  return line.substr(at, line.find('"', at) - at);
}

int listen_on(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  ::listen(listener, 8);
  return listener;
}

void say(const char* line) {
  std::puts(line);
  std::fflush(stdout);
}

[[noreturn]] void wait_for_ever() {
  for (;;) ::pause();
}

bool is_refused(long result) { return result < 0 && errno == EPERM; }

// Whether no other process can be started, signalled or read, and no group or user left.
bool is_alone() {
  const pid_t hub = ::getppid();
  char byte = 0;
  iovec here{&byte, 1};
  iovec there{&byte, 1};
  return is_refused(::fork()) && is_refused(::vfork()) && is_refused(::kill(hub, 0)) &&
         is_refused(::kill(-1, 0)) && is_refused(::syscall(SYS_tgkill, hub, hub, 0)) &&
         is_refused(::syscall(SYS_tkill, hub, 0)) && is_refused(::setsid()) &&
         is_refused(::setpgid(0, 0)) && is_refused(::ptrace(PTRACE_ATTACH, hub, 0, 0)) &&
         is_refused(::process_vm_readv(hub, &here, 1, &there, 1, 0)) &&
         is_refused(::prlimit(hub, RLIMIT_NOFILE, nullptr, nullptr)) && ::kill(::getpid(), 0) == 0;
}

// Whether what only an administrator needs is out of reach, whoever the user is.
bool is_without_privileges() {
  return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && is_refused(::unshare(CLONE_NEWNS)) &&
         is_refused(::mount("none", "/", "tmpfs", 0, nullptr)) && is_refused(::setuid(0)) &&
         is_refused(::syscall(SYS_bpf, 0, nullptr, 0)) &&
         is_refused(::syscall(SYS_io_uring_setup, 1, nullptr)) &&
         is_refused(::syscall(SYS_keyctl, 0, 0)) && is_refused(::chroot("/"));
}

bool has_no_network() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const int own = ::socket(AF_UNIX, SOCK_STREAM, 0);
  return is_refused(::socket(AF_INET, SOCK_STREAM, 0)) &&
         is_refused(::socket(AF_INET6, SOCK_DGRAM, 0)) &&
         is_refused(::socket(AF_PACKET, SOCK_RAW, 0)) && own >= 0 &&
         is_refused(::connect(own, reinterpret_cast<sockaddr*>(&address), sizeof(address)));
}

// How many blocks of 64 MiB it gets.
int blocks_of_memory() {
  constexpr std::size_t kBlock = 64 << 20;
  for (int blocks = 0;; ++blocks) {
    void* block =
        ::mmap(nullptr, kBlock, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED || blocks == 160) return blocks;
    std::memset(block, 1, 4'096);
  }
}

int descriptors() {
  for (int opened = 0;; ++opened) {
    if (::open("/dev/null", O_RDONLY) < 0) return errno == EMFILE ? opened : -1;
  }
}

[[noreturn]] void fill_the_disk() {
  const int file = ::open("filled", O_CREAT | O_WRONLY, 0600);
  const std::string bytes(1 << 20, 'x');
  while (::write(file, bytes.data(), bytes.size()) > 0) continue;
  ::_exit(9);
}

// Whether files that nobody named are out of reach, whoever the user is, and those of every program
// are not. A link in one's own folder leads no further.
bool is_fenced() {
  const auto opens = [](const char* path, int flags) {
    const int file = ::open(path, flags, 0600);
    if (file >= 0) ::close(file);
    return file >= 0;
  };
  (void)!::symlink("/etc/shadow", "inside");
  return !opens("/etc/shadow", O_RDONLY) && errno == EACCES && !opens("inside", O_RDONLY) &&
         !opens("/etc/passwd", O_RDONLY) && !opens("/root", O_RDONLY | O_DIRECTORY) &&
         !opens("/home", O_RDONLY | O_DIRECTORY) && !opens("/proc/1/environ", O_RDONLY) &&
         !opens("/tmp/left_behind_by_a_plugin", O_WRONLY | O_CREAT) &&
         !opens("/usr/left_behind_by_a_plugin", O_WRONLY | O_CREAT) &&
         opens("/usr/bin/env", O_RDONLY) && opens("/proc/self/status", O_RDONLY) &&
         opens("mine", O_WRONLY | O_CREAT);
}

// What connecting to a port of this machine gives: 0, or errno.
int connects_to(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const int result =
      ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 ? 0 : errno;
  ::close(socket);
  return result;
}

bool has_threads() {
  int answer = 0;
  std::thread([&answer] { answer = 42; }).join();
  return answer == 42;
}

}  // namespace

int main(int, char** argv) {
  const std::string path = argv[0];
  const std::string what = path.substr(path.rfind('/') + 1);
  std::string line;
  std::getline(std::cin, line);
  if (what == "leaves") return 5;
  if (what == "alone") return is_alone() ? 0 : 9;
  if (what == "humble") return is_without_privileges() ? 0 : 9;
  if (what == "offline") return has_no_network() ? 0 : 9;
  if (what == "online") return ::socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : 9;
  if (what == "devours") return blocks_of_memory();
  if (what == "hoards") return descriptors() / 10;
  if (what == "fills") fill_the_disk();
  if (what == "fenced") return is_fenced() ? 0 : 9;
  // Nobody listens on either: the kernel answers for the second alone.
  if (what == "elsewhere")
    return connects_to(1) == ECONNREFUSED && connects_to(2) == EACCES ? 0 : 9;
  if (what == "weaves") return has_threads() ? 0 : 9;
  if (what == "babbles") say("hello, world");
  if (what == "refuses") say("passerelle-plugin refused: it does not feel like it");
  if (what == "future") say("passerelle-plugin 7 ready");
  if (what == "silent") ::signal(SIGTERM, SIG_IGN);
  if (what == "garbage" || what == "deaf") {
    const int listener = listen_on(socket_of(line));
    say("passerelle-plugin 1 ready");
    for (;;) {
      const int hub = ::accept(listener, nullptr, nullptr);
      const std::string bytes(1'000, '\x99');
      if (what == "garbage") (void)!::write(hub, bytes.data(), bytes.size());
    }
  }
  if (what == "family") {
    // Leaves a child behind that ignores everything.
    if (::fork() == 0) {
      ::signal(SIGTERM, SIG_IGN);
      wait_for_ever();
    }
    return 0;
  }
  wait_for_ever();
}
