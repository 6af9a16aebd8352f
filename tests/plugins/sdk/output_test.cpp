#include "plugins/sdk/output.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>

#include "core/base/limits.h"
#include "plugins/sdk/fatal.h"

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

// Counts what this program allocates. Not inlined: g++ would take malloc and free for a mismatched
// pair.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void operator delete(void* pointer) noexcept { std::free(pointer); }
[[gnu::noinline]] void operator delete(void* pointer, std::size_t) noexcept { std::free(pointer); }

namespace passerelle::sdk {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Keeps the messages, or only the last one, handing it out again.
class CaptureSink final : public MessageSink {
 public:
  void send(std::unique_ptr<v1::ReadResponse> message) override {
    absl::MutexLock lock(&mutex_);
    ++sent_;
    if (recycle) {
      spare_ = std::move(message);
    } else {
      messages_.push_back(std::move(message));
    }
  }
  std::size_t room() const override { return 16; }
  bool cancelled() const override { return false; }
  std::unique_ptr<v1::ReadResponse> spare(const std::string&) override {
    absl::MutexLock lock(&mutex_);
    return std::move(spare_);
  }

  // A message each: "batch thing 3 @7" (checkpoint 7), "open f", "close f @7", "abort f".
  std::vector<std::string> summary() const {
    absl::MutexLock lock(&mutex_);
    std::vector<std::string> out;
    for (const auto& message : messages_) out.push_back(text_of(*message));
    return out;
  }
  const v1::Batch& batch(std::size_t i) const {
    absl::MutexLock lock(&mutex_);
    return messages_.at(i)->batch();
  }
  const v1::ReadResponse& message(std::size_t i) const {
    absl::MutexLock lock(&mutex_);
    return *messages_.at(i);
  }
  std::size_t size() const {
    absl::MutexLock lock(&mutex_);
    return sent_;
  }

  bool recycle = false;

 private:
  static std::string text_of(const v1::ReadResponse& message) {
    std::string text;
    std::string checkpoint;
    if (message.has_batch()) {
      text = "batch " + message.batch().stream() + " " +
             std::to_string(message.batch().columns().rows());
      if (!message.batch().scope().empty()) text += " in " + message.batch().scope();
      checkpoint = message.batch().checkpoint();
    } else if (message.has_scope_open()) {
      text = "open " + message.scope_open().scope();
      checkpoint = message.scope_open().checkpoint();
    } else if (message.has_scope_close()) {
      text =
          (message.scope_close().aborted() ? "abort " : "close ") + message.scope_close().scope();
      checkpoint = message.scope_close().checkpoint();
    } else {
      text = "progress";
    }
    return checkpoint.empty() ? text : text + " @" + checkpoint;
  }

  mutable absl::Mutex mutex_;
  std::vector<std::unique_ptr<v1::ReadResponse>> messages_;
  std::unique_ptr<v1::ReadResponse> spare_;
  std::size_t sent_ = 0;
};

std::vector<Stream> streams() {
  return {{"thing", "thing", {{"text"}, {"number", FieldType::kInteger}}},
          {"other", "other", {{"text"}}}};
}

using Lines = std::vector<std::string>;

TEST(Batches, CloseAtTheLimitOfRecords) {
  CaptureSink sink;
  BatchingOutput out(streams(), {}, sink);
  for (int i = 0; i < 2'500; ++i) out.stream("thing").begin(std::to_string(i), i).end();
  ASSERT_TRUE(out.finish().ok());
  EXPECT_EQ(sink.summary(), (Lines{"batch thing 1000", "batch thing 1000", "batch thing 500"}));
}

TEST(Batches, CloseAtTheLimitOfBytes) {
  CaptureSink sink;
  BatchingOutput out(streams(), {}, sink);
  const std::string text(60'000, 'x');
  for (int i = 0; i < 30; ++i) {
    out.stream("thing").begin(std::to_string(i), 1).set(0, text + std::to_string(i)).end();
  }
  ASSERT_TRUE(out.finish().ok());
  EXPECT_EQ(sink.summary(), (Lines{"batch thing 18", "batch thing 12"}));
}

TEST(Batches, CloseAtTheLimitOfAgeWhileTheSourceIsSlow) {
  CaptureSink sink;
  BatchingOutput out(streams(), {}, sink);
  const auto start = steady_clock::now();
  out.stream("thing").begin("1", 1).end();
  out.checkpoint("1");
  while (sink.size() == 0 && steady_clock::now() - start < std::chrono::seconds(10)) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_GE(steady_clock::now() - start, milliseconds(100));
  EXPECT_EQ(sink.summary(), Lines{"batch thing 1 @1"});
  ASSERT_TRUE(out.finish().ok());
  EXPECT_EQ(sink.size(), 1u);
}

TEST(Batches, HoldWhatTheRecordsSaid) {
  CaptureSink sink;
  BatchingOutput out(streams(), {}, sink);
  StreamWriter& thing = out.stream("thing");
  thing.begin("a", 5, 11).set("text", "été").set_number("number", -3).natural_key("k").end();
  thing.begin("bb", 6, 12).set_number("number", 4).end();
  thing.begin("c", 7, 13).set("text", "été").end();
  thing.deleted("d", 8, 14);
  ASSERT_TRUE(out.finish().ok());
  const types::v1::Columns& columns = sink.batch(0).columns();
  EXPECT_EQ(columns.rows(), 4u);
  EXPECT_EQ(columns.ids(), "abbcd");
  const auto numbers = [](const std::string& bytes, auto unit) {
    std::vector<decltype(unit)> out_numbers(bytes.size() / sizeof(unit));
    std::memcpy(out_numbers.data(), bytes.data(), bytes.size());
    return out_numbers;
  };
  constexpr std::int64_t kAbsent = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(numbers(columns.id_ends(), 0u), (std::vector<unsigned>{1, 3, 4, 5}));
  EXPECT_EQ(numbers(columns.versions(), std::int64_t{}), (std::vector<std::int64_t>{5, 6, 7, 8}));
  EXPECT_EQ(numbers(columns.positions(), std::int64_t{}),
            (std::vector<std::int64_t>{11, 12, 13, 14}));
  EXPECT_EQ(columns.deleted(), std::string("\0\0\0\1", 4));
  EXPECT_EQ(columns.natural_keys(), "k");
  EXPECT_EQ(numbers(columns.natural_key_ends(), 0u), (std::vector<unsigned>{1, 1, 1, 1}));
  ASSERT_EQ(columns.columns_size(), 2);
  EXPECT_EQ(columns.columns(0).name(), "text");
  EXPECT_EQ(columns.columns(0).dictionary_size(), 1);
  EXPECT_EQ(numbers(columns.columns(0).codes(), 0u), (std::vector<unsigned>{1, 0, 1, 0}));
  EXPECT_EQ(numbers(columns.columns(1).numbers(), std::int64_t{}),
            (std::vector<std::int64_t>{-3, 4, kAbsent, kAbsent}));
}

TEST(Batches, ACheckpointTravelsLastAndSpeaksForEveryStream) {
  CaptureSink sink;
  BatchingOutput out(streams(), {}, sink);
  out.stream("other").begin("o", 1).end();
  for (int i = 0; i < 999; ++i) out.stream("thing").begin(std::to_string(i), 1).end();
  out.checkpoint("x");
  out.complete_to("thing", 20'000);
  out.stream("thing").begin("last", 1).end();
  ASSERT_TRUE(out.finish().ok());
  EXPECT_EQ(sink.summary(), (Lines{"batch other 1", "batch thing 1000 @x"}));
  ASSERT_EQ(sink.batch(1).marks_size(), 1);
  EXPECT_EQ(sink.batch(1).marks(0).complete_to(), 20'000);
}

TEST(Batches, ACheckpointWithoutRecordsTravelsAlone) {
  CaptureSink sink;
  BatchingOutput out(streams(), {}, sink);
  out.checkpoint("nothing new");
  ASSERT_TRUE(out.finish().ok());
  EXPECT_EQ(sink.summary(), Lines{"batch thing 0 @nothing new"});
}

TEST(Scopes, ComeInOrderAndTheirEndCarriesTheCheckpoint) {
  CaptureSink sink;
  BatchingOutput out(streams(), {}, sink);
  out.stream("thing").begin("0", 1).end();
  out.checkpoint("before");
  out.open_scope("f", {"thing", "other"}, Visibility::kAtClose, true, 9);
  out.stream("thing").begin("1", 1).end();
  out.stream("other").begin("2", 1).end();
  out.close_scope();
  out.checkpoint("after");  // committed together with the end of the scope
  out.stream("thing").begin("3", 1).end();
  ASSERT_TRUE(out.finish().ok());
  EXPECT_EQ(sink.summary(), (Lines{"batch thing 1 @before", "open f", "batch other 1 in f",
                                   "batch thing 1 in f", "close f @after", "batch thing 1"}));
  const v1::ScopeOpen& open = sink.message(1).scope_open();
  EXPECT_EQ(open.visibility(), v1::VISIBILITY_AT_CLOSE);
  EXPECT_TRUE(open.replace());
  EXPECT_EQ(open.version(), 9);
  EXPECT_EQ(open.stream(), "thing");
  ASSERT_EQ(open.streams_size(), 1);
  EXPECT_EQ(open.streams(0), "other");
}

TEST(Scopes, AnAbortedOneTellsWhyAndPromisesNothing) {
  CaptureSink sink;
  BatchingOutput out(streams(), {}, sink);
  out.open_scope("f", {"other"}, Visibility::kAtClose, false, 1);
  out.stream("other").begin("1", 1).end();
  out.complete_to("other", 1);
  out.abort_scope({"", "f:9", "S90", "total", "12", "13 announced, 12 found", "ask again", 12});
  ASSERT_TRUE(out.finish().ok());
  EXPECT_EQ(sink.summary(), (Lines{"open f", "batch other 1 in f", "abort f"}));
  const v1::ScopeClose& close = sink.message(2).scope_close();
  EXPECT_EQ(close.cause().rule(), "S90");
  EXPECT_EQ(close.cause().stream(), "other");
  EXPECT_EQ(close.cause().records(), 12u);
  EXPECT_EQ(close.marks_size(), 0);
}

TEST(Scopes, OneLeftOpenIsAnError) {
  CaptureSink sink;
  BatchingOutput out(streams(), {}, sink);
  out.open_scope("f", {"thing"}, Visibility::kAsRead, false, 1);
  EXPECT_EQ(base::message_of(out.finish()),
            "read() returned while the scope 'f' is open; call close_scope() or abort_scope()");
}

TEST(Rejects, TravelWithTheRecords) {
  CaptureSink sink;
  BatchingOutput out(streams(), {}, sink);
  out.stream("thing").begin("1", 1).end();
  out.stream("thing").reject({"k", "f:3", "R1", "amount", "12,3,4", "two commas", "correct it"});
  ASSERT_TRUE(out.finish().ok());
  ASSERT_EQ(sink.batch(0).rejects_size(), 1);
  EXPECT_EQ(sink.batch(0).rejects(0).reason(), "two commas");
  EXPECT_EQ(sink.batch(0).rejects(0).stream(), "thing");
  EXPECT_EQ(sink.batch(0).columns().rows(), 1u);
}

TEST(Rejects, ARecordThatCannotBeSentBecomesOneWithoutItsValue) {
  CaptureSink sink;
  BatchingOutput out(streams(), {}, sink);
  StreamWriter& thing = out.stream("thing");
  thing.begin("good", 1).set(0, "before").end();
  thing.begin("bad", 1, 42).set(0, "caf\xe9").set_number(1, 7).end();
  thing.begin(std::string(2'000, 'k'), 1).end();
  thing.begin("long", 1).set(0, std::string(70'000, 'x')).end();
  thing.begin("", 1).end();
  thing.begin("end", 1).set(0, "after").end();
  ASSERT_TRUE(out.finish().ok());
  const v1::Batch& batch = sink.batch(0);
  EXPECT_EQ(batch.columns().rows(), 2u);
  EXPECT_EQ(batch.columns().ids(), "goodend");
  ASSERT_EQ(batch.rejects_size(), 4);
  EXPECT_EQ(batch.rejects(0).rule(), "SDK-UTF8");
  EXPECT_EQ(batch.rejects(0).key(), "bad");
  EXPECT_EQ(batch.rejects(0).position(), "42");
  EXPECT_EQ(batch.rejects(0).value(), "[masked, 4 characters]");
  EXPECT_EQ(batch.rejects(1).rule(), "SDK-LENGTH");
  EXPECT_EQ(batch.rejects(2).field(), "text");
  EXPECT_EQ(batch.rejects(3).rule(), "SDK-KEY");
  const types::v1::Column& text = batch.columns().columns(0);
  std::vector<std::uint32_t> codes(2);
  ASSERT_EQ(text.codes().size(), 8u);
  std::memcpy(codes.data(), text.codes().data(), 8);
  EXPECT_EQ(text.dictionary(static_cast<int>(codes[0]) - 1), "before");
  EXPECT_EQ(text.dictionary(static_cast<int>(codes[1]) - 1), "after");
}

TEST(Streams, OnlyThoseAskedForAreSent) {
  CaptureSink sink;
  BatchingOutput out(streams(), {"other"}, sink);
  out.stream("thing").begin("1", 1).set(0, "x").end();
  out.stream("other").begin("2", 1).end();
  ASSERT_TRUE(out.finish().ok());
  EXPECT_EQ(sink.summary(), Lines{"batch other 1"});
}

using AuthorDeathTest = testing::Test;

TEST(AuthorDeathTest, MistakesEndThePluginWithTheirReason) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto dies = testing::ExitedWithCode(kAuthorErrorExitCode);
  CaptureSink sink;
  BatchingOutput out(streams(), {}, sink);
  StreamWriter& thing = out.stream("thing");
  EXPECT_EXIT(out.stream("thin"), dies, "stream 'thin' is not declared; declared: thing, other");
  EXPECT_EXIT(thing.begin("1", 1).set("txt", "x"), dies, "declares no field 'txt'");
  EXPECT_EXIT(thing.begin("1", 1).set("number", "x"), dies, "takes set_number");
  EXPECT_EXIT(thing.begin("1", 1).set_number(0, 1), dies, "takes set\\(\\)");
  EXPECT_EXIT(thing.begin("1", 1).set(9, "x"), dies, "no field of index 9");
  EXPECT_EXIT(thing.end(), dies, "without begin");
  EXPECT_EXIT((thing.begin("1", 1), thing.begin("2", 1)), dies, "begun and not ended");
  EXPECT_EXIT(out.close_scope(), dies, "without an open scope");
}

TEST(Throughput, ASteadyFlowAllocatesNothingPerRecord) {
  CaptureSink sink;
  sink.recycle = true;
  std::vector<Stream> wide = {{"wide", "wide", {{"a"}, {"b"}, {"c"}, {"d"}}}};
  for (const char* name : {"e", "f", "g", "h"}) {
    wide[0].fields.push_back({name, FieldType::kDecimal, 2});
  }
  BatchingOutput out(wide, {}, sink);
  StreamWriter& writer = out.stream("wide");
  std::vector<std::string> texts;
  for (int i = 0; i < 5'000; ++i) texts.push_back("a text of some length, " + std::to_string(i));
  const auto write = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const std::size_t n = static_cast<std::size_t>(i);
      writer.begin(texts[n % 5'000], i, n)
          .set(0, texts[n % 7])
          .set(1, texts[n % 50])
          .set(2, texts[n % 300])
          .set(3, texts[n % 4'999])
          .set_number(4, i)
          .set_number(5, i)
          .set_number(6, i)
          .set_number(7, i)
          .end();
    }
  };
  write(20'000);
  const std::size_t before = allocations.load();
  const auto cpu_seconds = [] {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  const double start = cpu_seconds();
  constexpr int kRecords = 500'000;
  write(kRecords);
  const double seconds = cpu_seconds() - start;
  const std::size_t count = allocations.load() - before;
  std::printf("%.2f M records per CPU second, %.4f allocations per record\n",
              kRecords / seconds / 1e6, static_cast<double>(count) / kRecords);
  EXPECT_LT(count, kRecords / 100);
  ASSERT_TRUE(out.finish().ok());
}

}  // namespace
}  // namespace passerelle::sdk
