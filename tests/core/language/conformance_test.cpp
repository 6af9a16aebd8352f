// CEL's conformance cases: every one passes, or is refused for a listed reason. None is evaluated
// to something else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "core/language/program.h"
#include "tests/core/language/textproto.h"

namespace passerelle::language {
namespace {

namespace fs = std::filesystem;

struct Floor {
  int total;
  int passed;
};
const std::map<std::string, Floor> kFloors = {{"comparisons", {406, 155}},
                                              {"lists", {39, 32}},
                                              {"logic", {30, 21}},
                                              {"string", {51, 45}},
                                              {"timestamps", {78, 67}}};

// The reasons for which a case may be refused. Mixed types are refused where CEL's own checker is
// switched off for the case, or where it expects an error anyway.
bool is_listed(ProblemKind kind, bool unchecked) {
  switch (kind) {
    case ProblemKind::kUint:
    case ProblemKind::kDouble:
    case ProblemKind::kBytes:
    case ProblemKind::kMessage:
    case ProblemKind::kTypeValue:
    case ProblemKind::kPrecision:
      return true;
    case ProblemKind::kType:
      return unchecked;
    default:
      return false;
  }
}

struct Outcome {
  bool passed = false;
  std::string refused;  // the reason
  std::string wrong;    // neither passed nor refused
};

// A value of the case's text; none (and why) for types that the language does not have.
std::optional<Value> value_of(const TextNode& node, Arena* arena, std::string* missing) {
  if (node.children.empty()) {
    *missing = "empty value";
    return std::nullopt;
  }
  const TextNode& typed = node.children[0];
  if (typed.name == "bool_value") return Value::boolean(typed.value == "true");
  if (typed.name == "null_value") return Value::null();
  if (typed.name == "int64_value") return Value::integer(std::stoll(typed.value));
  if (typed.name == "string_value") return Value::string(arena->keep(typed.value));
  if (typed.name == "double_value") {
    const auto number = base::parse_rational(typed.value);
    if (number.ok()) return arena->keep_number(*number);
  }
  if (typed.name == "list_value") {
    List items;
    for (const TextNode& item : typed.children) {
      const auto value = value_of(item, arena, missing);
      if (!value) return std::nullopt;
      items.push_back(*value);
    }
    return arena->keep_list(std::move(items));
  }
  if (typed.name == "map_value") {
    Map entries;
    for (const TextNode& entry : typed.children) {
      const auto key = value_of(*entry.child("key"), arena, missing);
      const auto value = value_of(*entry.child("value"), arena, missing);
      if (!key || !value) return std::nullopt;
      entries.emplace_back(*key, *value);
    }
    return arena->keep_map(std::move(entries));
  }
  *missing = typed.name == "bytes_value"    ? to_string(ProblemKind::kBytes)
             : typed.name == "uint64_value" ? to_string(ProblemKind::kUint)
             : typed.name == "object_value" ? to_string(ProblemKind::kMessage)
                                            : "value of type " + typed.name;
  return std::nullopt;
}

Type type_of(const Value& value) {
  switch (value.tag()) {
    case Tag::kBool:
      return TypeKind::kBool;
    case Tag::kInt:
      return TypeKind::kInt;
    case Tag::kString:
      return TypeKind::kString;
    case Tag::kNull:
      return TypeKind::kNull;
    case Tag::kList:
      return Type::list(value.items().empty() ? Type() : type_of(value.items()[0]));
    case Tag::kMap:
      return value.entries().empty()
                 ? Type::map({}, {})
                 : Type::map(type_of(value.entries()[0].first), type_of(value.entries()[0].second));
    default:
      return TypeKind::kDecimal;
  }
}

Outcome judged(const TextNode& test, const Value& result, const Program& program, Arena* arena) {
  Outcome out;
  const bool wants_error = test.child("eval_error") != nullptr;
  if (result.is_error() || wants_error) {
    out.passed = result.is_error() && wants_error;
    if (out.passed) return out;
    // CEL's NaN: dividing by zero is an error here, there are no values for it.
    if (result.is_error() && result.error_code() == ErrorCode::kDivisionByZero) {
      out.refused = to_string(ProblemKind::kDouble);
    } else {
      out.wrong = program.describe(result);
    }
    return out;
  }
  std::string missing;
  const auto wanted = value_of(*test.child("value"), arena, &missing);
  out.passed = wanted && equal(*wanted, result) && (wanted->tag() == result.tag());
  if (!out.passed) out.wrong = "gives " + to_string(result);
  return out;
}

Outcome run_case(const TextNode& test) {
  Outcome out;
  Arena arena;
  Schema schema;
  std::vector<Value> values;
  for (const TextNode& binding : test.children) {
    if (binding.name != "bindings") continue;
    std::string missing;
    const auto value = value_of(*binding.at({"value", "value"}), &arena, &missing);
    if (!value) {
      out.refused = missing;
      return out;
    }
    schema.add({binding.child("key")->value, type_of(*value)});
    values.push_back(*value);
  }
  const bool wants_error = test.child("eval_error") != nullptr;
  const Compiled compiled = compile(test.child("expr")->value, schema);
  if (!compiled.program) {
    const bool unchecked = test.child("disable_check") != nullptr || wants_error;
    for (const Problem& problem : compiled.problems) {
      // An error that the case expects, found before anything is evaluated.
      if (problem.kind == ProblemKind::kLiteral && wants_error) out.passed = true;
      EXPECT_FALSE(problem.reason.empty());
      EXPECT_FALSE(problem.remedy.empty());
      if (out.passed) continue;
      if (is_listed(problem.kind, unchecked)) {
        out.refused = to_string(problem.kind);
      } else {
        out.wrong = to_string(compiled.problems);
      }
    }
    return out;
  }
  Frame frame;
  frame.bind(values);
  return judged(test, compiled.program->eval(frame), *compiled.program, &arena);
}

std::optional<fs::path> folder() {
  const char* shared = std::getenv("PASSERELLE_SHARED");
  const fs::path path =
      fs::path(shared != nullptr ? shared : PASSERELLE_SHARED_DEFAULT) / "data" / "cel";
  if (!fs::exists(path)) return std::nullopt;
  return path;
}

void run_file(const std::string& name) {
  const auto path = folder();
  if (!path) GTEST_SKIP() << "no conformance cases: set PASSERELLE_SHARED";
  std::ifstream file(*path / (name + ".textproto"));
  std::stringstream text;
  text << file.rdbuf();
  const auto tree = parse_textproto(text.str());
  ASSERT_TRUE(tree.ok()) << tree.status().ToString();
  int total = 0;
  int passed = 0;
  std::map<std::string, int> refused;
  for (const TextNode& section : tree->children) {
    for (const TextNode& test : section.children) {
      if (test.name != "test") continue;
      ++total;
      const Outcome outcome = run_case(test);
      passed += outcome.passed ? 1 : 0;
      if (!outcome.refused.empty()) ++refused[outcome.refused];
      EXPECT_TRUE(outcome.wrong.empty())
          << section.child("name")->value << "/" << test.child("name")->value << ": "
          << test.child("expr")->value << "\n"
          << outcome.wrong;
    }
  }
  std::cout << name << ": passed " << passed << ", refused " << total - passed << ", total "
            << total << " (";
  for (const auto& [reason, count] : refused) std::cout << " " << reason << " " << count;
  std::cout << " )\n";
  EXPECT_EQ(total, kFloors.at(name).total);
  EXPECT_GE(passed, kFloors.at(name).passed);
}

TEST(Conformance, ComparisonsPassOrAreRefused) { run_file("comparisons"); }
TEST(Conformance, ListsPassOrAreRefused) { run_file("lists"); }
TEST(Conformance, LogicPassesOrIsRefused) { run_file("logic"); }
TEST(Conformance, StringsPassOrAreRefused) { run_file("string"); }
TEST(Conformance, TimestampsPassOrAreRefused) { run_file("timestamps"); }

TEST(Conformance, EachOfThe604CasesIsCounted) {
  int total = 0;
  for (const auto& [name, floor] : kFloors) total += floor.total;
  EXPECT_EQ(total, 604);
  const auto path = folder();
  if (!path) GTEST_SKIP() << "no conformance cases: set PASSERELLE_SHARED";
  for (const auto& entry : fs::directory_iterator(*path)) {
    if (entry.path().extension() != ".textproto") continue;
    EXPECT_TRUE(kFloors.contains(entry.path().stem().string())) << entry.path();
  }
}

}  // namespace
}  // namespace passerelle::language
