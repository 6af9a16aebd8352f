// A thread of its own that runs what is posted to it, in order.
#pragma once

#include <pthread.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <utility>

namespace passerelle::app {

class Strand {
 public:
  // `name`: at most 15 characters, shown by top and gdb.
  explicit Strand(const std::string& name)
      : work_(boost::asio::make_work_guard(io_)), thread_([this, name] {
          pthread_setname_np(pthread_self(), name.c_str());
          io_.run();
        }) {}
  // Runs what was posted, then ends the thread.
  ~Strand() { finish(); }
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  // Any thread.
  template <typename Work>
  void post(Work&& work) {
    boost::asio::post(io_, std::forward<Work>(work));
  }
  // Runs `work` on the strand and waits for its result. Never from the strand itself.
  template <typename Work>
  auto run(Work&& work) -> decltype(work()) {
    std::packaged_task<decltype(work())()> task(std::forward<Work>(work));
    auto result = task.get_future();
    boost::asio::post(io_, [&task] { task(); });
    return result.get();
  }
  boost::asio::io_context& io() { return io_; }
  // Idempotent; never from the strand itself.
  void finish() {
    work_.reset();
    if (thread_.joinable()) thread_.join();
  }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace passerelle::app
