// A program that is no plugin at all. What it does is the name it was started by.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>

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

}  // namespace

int main(int, char** argv) {
  const std::string path = argv[0];
  const std::string what = path.substr(path.rfind('/') + 1);
  std::string line;
  std::getline(std::cin, line);
  if (what == "leaves") return 5;
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
