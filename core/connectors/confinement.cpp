#include "core/connectors/confinement.h"

#include <errno.h>
#include <fmt/format.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "core/base/limits.h"

namespace passerelle::connectors {
namespace {

// Stands for the process's own id, which is not known before the fork. Beyond every real one.
constexpr std::uint32_t kOwnPid = 0x7A57C0DE;

// By name, so that one list serves every architecture; what an architecture lacks is left out.
constexpr const char* kAllowed[] = {
    // files, by the rights of the hub's user
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2",
    "pwritev2", "open", "openat", "openat2", "creat", "close", "close_range", "stat", "fstat",
    "lstat", "newfstatat", "statx", "statfs", "fstatfs", "access", "faccessat", "faccessat2",
    "readlink", "readlinkat", "getdents", "getdents64", "getcwd", "chdir", "fchdir", "lseek", "dup",
    "dup2", "dup3", "fcntl", "ioctl", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename",
    "renameat", "renameat2", "chmod", "fchmod", "fchmodat", "utimensat", "ftruncate", "truncate",
    "fallocate", "fsync", "fdatasync", "flock", "fadvise64", "sendfile", "copy_file_range", "umask",
    "splice", "tee",
    // waiting
    "pipe", "pipe2", "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1",
    "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2", "signalfd",
    "signalfd4", "timerfd_create", "timerfd_settime", "timerfd_gettime", "inotify_init",
    "inotify_init1", "inotify_add_watch", "inotify_rm_watch", "pause", "nanosleep",
    "clock_nanosleep",
    // memory
    "mmap", "munmap", "mprotect", "mremap", "madvise", "brk", "msync", "mincore", "mlock",
    "munlock", "mlock2", "membarrier", "memfd_create", "pkey_alloc", "pkey_free", "pkey_mprotect",
    "get_mempolicy", "mbind", "set_mempolicy",
    // signals to itself, threads
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait",
    "rt_sigsuspend", "sigaltstack", "restart_syscall", "alarm", "getitimer", "setitimer",
    "timer_create", "timer_settime", "timer_gettime", "timer_delete", "timer_getoverrun", "futex",
    "futex_waitv", "set_robust_list", "get_robust_list", "rseq", "set_tid_address", "sched_yield",
    "sched_getaffinity", "sched_setaffinity", "sched_getparam", "sched_getscheduler",
    "sched_get_priority_max", "sched_get_priority_min", "getpriority", "wait4", "waitid", "exit",
    "exit_group",
    // what the process is and what time it is
    "gettid", "getpid", "getppid", "getpgrp", "getpgid", "getsid", "getuid", "geteuid", "getgid",
    "getegid", "getresuid", "getresgid", "getgroups", "clock_gettime", "clock_getres",
    "gettimeofday", "time", "times", "getrusage", "getrlimit", "setrlimit", "uname", "sysinfo",
    "getcpu", "getrandom", "arch_prctl", "prctl", "capget", "execve",
    // sockets; which ones, and whether to connect, is said below
    "socketpair", "bind", "listen", "accept", "accept4", "getsockname", "getpeername", "getsockopt",
    "setsockopt", "sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "shutdown",
    // further confinement by itself
    "seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"};

class Rules {
 public:
  Rules() : filter_(::seccomp_init(SCMP_ACT_ERRNO(EPERM)), &::seccomp_release) {
    if (filter_ == nullptr) failed_ = ENOMEM;
  }
  void allow(const char* name) { add(SCMP_ACT_ALLOW, name, {}); }
  void allow(const char* name, scmp_arg_cmp condition) { add(SCMP_ACT_ALLOW, name, {condition}); }
  void answer(int error, const char* name) {
    add(SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)), name, {});
  }

  // The filter as the kernel takes it.
  StatusOr<std::vector<sock_filter>> program() {
    if (failed_ != 0) return failure("a system call's rule", failed_);
    const int file = ::memfd_create("confinement", MFD_CLOEXEC);
    if (file < 0) return failure("a file in memory", errno);
    const int exported = ::seccomp_export_bpf(filter_.get(), file);
    const off_t size = exported == 0 ? ::lseek(file, 0, SEEK_END) : 0;
    std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
    const auto bytes = static_cast<ssize_t>(program.size() * sizeof(sock_filter));
    const bool is_read = ::pread(file, program.data(), static_cast<std::size_t>(bytes), 0) == bytes;
    ::close(file);
    if (exported != 0) return failure("the filter", -exported);
    if (!is_read || program.empty()) return failure("the filter's instructions", errno);
    return program;
  }

 private:
  static Status failure(const char* what, int error) {
    return base::internal(
        fmt::format("plugins cannot be confined: {}: {}", what, std::strerror(error)));
  }
  void add(std::uint32_t action, const char* name, std::vector<scmp_arg_cmp> conditions) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (failed_ != 0 || number == __NR_SCMP_ERROR) return;
    const int added = ::seccomp_rule_add_array(
        filter_.get(), action, number, static_cast<unsigned>(conditions.size()), conditions.data());
    if (added != 0) failed_ = -added;
  }

  std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter_;
  int failed_ = 0;
};

// An int is compared by its 32 bits: what is above them in a register says nothing.
scmp_arg_cmp first_is(std::uint32_t value) {
  return SCMP_A0(SCMP_CMP_MASKED_EQ, 0xFFFFFFFF, value);
}

bool limit(__rlimit_resource_t resource, rlim_t most) {
  rlimit limits{};
  if (::getrlimit(resource, &limits) != 0) return false;
  // Never more than the hub itself has.
  limits.rlim_max = limits.rlim_max == RLIM_INFINITY ? most : std::min(limits.rlim_max, most);
  limits.rlim_cur = limits.rlim_max;
  return ::setrlimit(resource, &limits) == 0;
}

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kLimitsMemory = false;  // the sanitizer maps far more than it uses
#else
constexpr bool kLimitsMemory = true;
#endif

}  // namespace

StatusOr<Confinement> Confinement::make(const Reach& reach) {
  Rules rules;
  for (const char* name : kAllowed) rules.allow(name);
  // Threads only: another process would outlive this one's limits. clone3 says what it makes where
  // no filter can look; without it libraries take clone.
  rules.allow("clone", SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
  rules.answer(ENOSYS, "clone3");
  rules.allow("tgkill", first_is(kOwnPid));
  rules.allow("kill", first_is(kOwnPid));
  rules.allow("prlimit64", first_is(0));
  rules.allow("socket", first_is(AF_UNIX));
  if (reach.may_connect) {
    rules.allow("connect");
    rules.allow("socket", first_is(AF_INET));
    rules.allow("socket", first_is(AF_INET6));
    rules.allow("socket", first_is(AF_NETLINK));  // to look a name up
  }
  Confinement made;
  PAS_ASSIGN_OR_RETURN(made.fence_, Fence::make(reach));
  PAS_ASSIGN_OR_RETURN(made.filter_, rules.program());
  for (std::size_t i = 0; i < made.filter_.size(); ++i) {
    const bool compares = BPF_CLASS(made.filter_[i].code) == BPF_JMP;
    if (compares && made.filter_[i].k == kOwnPid) made.own_pid_.push_back(i);
  }
  if (made.own_pid_.empty()) return base::internal("plugins cannot be confined: no rule of kill");
  return made;
}

bool Confinement::apply(int fence) {
  const bool is_limited = limit(RLIMIT_CORE, 0) &&  // a core file would hold personal data
                          limit(RLIMIT_NOFILE, base::kPluginDescriptorsMax) &&
                          limit(RLIMIT_FSIZE, base::kPluginFileBytesMax) &&
                          (!kLimitsMemory || limit(RLIMIT_DATA, base::kPluginMemoryBytesMax));
  if (!is_limited) return false;
  const auto pid = static_cast<std::uint32_t>(::getpid());
  for (const std::size_t at : own_pid_) filter_[at].k = pid;
  sock_fprog program{};
  program.len = static_cast<unsigned short>(filter_.size());
  program.filter = filter_.data();
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && (fence < 0 || Fence::apply(fence)) &&
         ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

std::vector<Guard> guards_of_this_machine() {
  const int landlock = Fence::version();
  const std::string by =
      landlock == 0 ? "Landlock: landlock_create_ruleset: " + std::string(std::strerror(errno))
                    : "Landlock " + std::to_string(landlock);
  const std::string since_4 = landlock >= 4 ? by : by + " (4)";
  return {{"appels système, autres processus, privilèges",
           "system calls, other processes, privileges", true, "seccomp, no_new_privs"},
          {"mémoire, descripteurs, fichiers écrits", "memory, descriptors, written files", true,
           "rlimit"},
          {"réseau sans hôte déclaré", "network without declared hosts", true, "seccomp"},
          {"fichiers non déclarés", "files that are not declared", landlock >= 1, by},
          {"ports non déclarés", "ports that are not declared", landlock >= 4, since_4},
          {"hôtes non déclarés, sur un port déclaré",
           "hosts that are not declared, on a declared port", false, "Landlock: ports only"}};
}

}  // namespace passerelle::connectors
