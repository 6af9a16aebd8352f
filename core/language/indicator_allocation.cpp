// cost(POOL, method) and alloc(x, KEY): what pools gave, as sums over the facts of allocation.
#include <algorithm>
#include <array>
#include <utility>

#include "core/base/text.h"
#include "core/language/indicator_compiler.h"
#include "core/language/model_names.h"

namespace passerelle::language {
namespace {

constexpr std::array<std::string_view, 5> kMethods = {"tdabc", "share", "reciprocal", "step_down",
                                                      "direct"};

std::string suggestion(std::string_view word, const std::vector<std::string>& known,
                       const std::string& what) {
  const std::string nearest = base::nearest_of(word, known);
  if (known.empty()) return "the model has no " + what;
  return nearest.empty() ? "the " + what + " are " + base::join(known, ", ")
                         : "did you mean '" + nearest + "'?";
}

std::vector<std::string> ids_of(const auto& all) {
  std::vector<std::string> ids;
  for (const auto& [id, value] : all) ids.push_back(id);
  return ids;
}

// Whether one method decides about all that the pool gives.
bool gives_by(const PoolNames& pool, const std::string& method) {
  const bool is_mixed = pool.methods.contains("tdabc") && pool.methods.contains("share");
  const bool is_of_keys = method == "tdabc" || method == "share";
  return pool.methods.contains(method) && !(is_of_keys && is_mixed);
}

std::string without_blanks(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [](char c) { return c != ' ' && c != '\n' && c != '\t' && c != '\r'; });
  return out;
}

}  // namespace

const ModelNames* IndicatorCompiler::names() const {
  const auto allocation = kinds_.find(std::string(model::kAllocationKind));
  return allocation == kinds_.end() ? nullptr : allocation->second.model_names().get();
}

// The id that an argument is: EC, or pool.EC.
std::string IndicatorCompiler::named_in(std::uint32_t index, std::string_view prefix) const {
  std::string name = ast_.dotted_name(index);
  const std::string qualified = std::string(prefix) + ".";
  if (name.starts_with(qualified)) name.erase(0, qualified.size());
  return name;
}

IndicatorCompiler::Part IndicatorCompiler::cost(std::uint32_t index) {
  static const ModelNames kNone;
  const AstNode& node = ast_[index];
  const ModelNames& known = names() == nullptr ? kNone : *names();
  if (node.children.empty() || node.children.size() > 2) {
    return refuse(node.anchor, ProblemKind::kAggregate,
                  "'cost' does not take " + std::to_string(node.children.size()) + " arguments",
                  "write cost(POOL) or cost(POOL, method)");
  }
  const std::string id = named_in(node.children[0], model::kPoolDimension);
  const auto pool = known.pools.find(id);
  if (pool == known.pools.end()) {
    return refuse(ast_[node.children[0]].begin, ProblemKind::kName,
                  "there is no pool '" + std::string(ast_.source(node.children[0])) + "'",
                  suggestion(id, ids_of(known.pools), "pools"));
  }
  if (node.children.size() == 2) {
    const std::string method = ast_.dotted_name(node.children[1]);
    const std::size_t at = ast_[node.children[1]].begin;
    if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) {
      return refuse(at, ProblemKind::kName,
                    "there is no method '" + std::string(ast_.source(node.children[1])) + "'",
                    "the methods are tdabc, share, reciprocal, step_down, direct");
    }
    if (!gives_by(pool->second, method)) {
      const std::vector<std::string> methods(pool->second.methods.begin(),
                                             pool->second.methods.end());
      return refuse(at, ProblemKind::kAggregate,
                    "the pool '" + id + "' does not give by " + method + " but by " +
                        (methods.empty() ? "no key" : base::join(methods, " and ")),
                    "write cost(" + id + "), or change its keys or the cascade");
    }
  }
  return allocated("amount", "pool == '" + id + "'");
}

IndicatorCompiler::Part IndicatorCompiler::alloc(std::uint32_t index) {
  static const ModelNames kNone;
  const AstNode& node = ast_[index];
  const ModelNames& known = names() == nullptr ? kNone : *names();
  if (node.children.size() != 2) {
    return refuse(
        node.anchor, ProblemKind::kAggregate,
        "'alloc' does not take " + std::to_string(node.children.size()) + " arguments",
        "write alloc(x, KEY), x being what the key's pool collects, or amount or minutes");
  }
  const std::string id = named_in(node.children[1], "key");
  const auto key = known.keys.find(id);
  if (key == known.keys.end()) {
    return refuse(ast_[node.children[1]].begin, ProblemKind::kName,
                  "there is no key '" + std::string(ast_.source(node.children[1])) + "'",
                  suggestion(id, ids_of(known.keys), "keys"));
  }
  const std::string filter = "key == '" + id + "'";
  const std::string what = without_blanks(ast_.source(node.children[0]));
  const auto pool = known.pools.find(key->second);
  if (pool != known.pools.end()) {
    for (const std::string& amount : pool->second.amounts) {
      if (what == without_blanks(amount)) return allocated("amount", filter);
    }
  }
  for (const std::string field : {"amount", "minutes"}) {
    if (what == field || what == "allocation." + field) return allocated(field, filter);
  }
  std::string collected = "amounts of several sources";
  if (pool != known.pools.end() && !pool->second.amounts.empty()) {
    collected = "'" + *pool->second.amounts.begin() + "'";
  }
  return refuse(ast_[node.children[0]].begin, ProblemKind::kAggregate,
                "the key '" + id + "' is of the pool '" + key->second + "', which spreads " +
                    collected + ", not '" + std::string(ast_.source(node.children[0])) + "'",
                "write alloc(amount, " + id + ") for what it gives, or make a pool of that");
}

IndicatorCompiler::Part IndicatorCompiler::allocated(const std::string& field,
                                                     const std::string& filter) {
  Ast whole =
      std::exchange(ast_, parse("sum(allocation." + field + ", " + filter + ")", &problems_));
  Part part = aggregate(ast_.root);
  ast_ = std::move(whole);
  return part;
}

}  // namespace passerelle::language
