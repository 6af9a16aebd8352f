// Conditions over fields run once per record: they must not touch the heap. The operators below
// count for this whole test program.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "core/language/model_names.h"
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

TEST(Evaluate, DoesNotAllocateForTimeAlongACalendar) {
  model::SteeringModel model;
  model.calendars.emplace_back().id = "desk";
  for (model::OpeningSpans& spans : model.calendars[0].week) spans = {{510, 720}, {810, 1020}};
  Schema schema = sample_schema();
  schema.set_names(ModelNames::of(model));
  const Compiled compiled =
      compile_predicate("business_minutes(opened, solved, 'desk') > 100h", schema);
  ASSERT_TRUE(compiled.program);
  std::vector<Value> record = empty_record();
  field_of(&record, "opened") = Value::timestamp(1'234'567'890'000'000);
  field_of(&record, "solved") = Value::timestamp(1'764'567'890'000'000);
  Frame frame;
  frame.bind(record);
  const std::size_t before = allocations;
  for (int i = 0; i < 1'000; ++i) {
    frame.bind(record);
    ASSERT_TRUE(compiled.program->eval(frame).is_true());
  }
  EXPECT_EQ(allocations - before, 0u);
}

}  // namespace
}  // namespace passerelle::language
