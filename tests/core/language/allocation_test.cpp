// Conditions over fields run once per record: they must not touch the heap. The operators below
// count for this whole test program.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/core/language/support.h"

namespace {
std::atomic<std::size_t> allocations{0};
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  std::abort();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace passerelle::language {
namespace {

TEST(Evaluate, DoesNotAllocateForConditionsOverFields) {
  const Compiled compiled = compile_predicate(
      "state in ['open', 'new', 'a', 'b', 'c', 'd', 'e', 'f'] && amount * 2 > open - 3.5 && "
      "lines + 1 in [3, 4] && !has(solved) && state.startsWith('o') && opened.getHours() > 1 && "
      "[1, 2].exists(x, x == lines - 1) && waited > 1h && state.matches('^op')",
      sample_schema());
  ASSERT_TRUE(compiled.program);
  std::vector<Value> record = empty_record();
  field_of(&record, "state") = Value::string("open");
  field_of(&record, "amount") = Value::decimal(123'456, 2);
  field_of(&record, "open") = Value::decimal(200'000, 2);
  field_of(&record, "lines") = Value::integer(3);
  field_of(&record, "opened") = Value::timestamp(1'234'567'890'000'000);
  field_of(&record, "waited") = Value::duration(90 * base::kMicrosPerMinute);
  Frame frame;
  frame.bind(record);
  ASSERT_TRUE(compiled.program->eval(frame).is_true());
  const std::size_t before = allocations;
  for (int i = 0; i < 1'000; ++i) {
    frame.bind(record);
    ASSERT_TRUE(compiled.program->eval(frame).is_true());
  }
  EXPECT_EQ(allocations - before, 0u);
}

}  // namespace
}  // namespace passerelle::language
