// What an account sees: cells that lie whole in its perimeter; every other one is HIDDEN, whatever
// it is worth, and never a total of what the account may see.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/hash.h"
#include "core/base/status.h"
#include "core/flow/cells.h"

namespace passerelle::publication {

// A cell without what it is worth.
model::CellValue hidden_value();

// Immutable; any thread.
class Perimeter {
 public:
  // Everything.
  Perimeter() = default;
  // Of the organisation and the process reference of today: a unit that was dissolved lies where it
  // lay last. Rights of today apply to history.
  Perimeter(const model::Account& account, const model::SteeringModel* model, base::Days today);

  bool sees_all() const { return all_; }
  // Whether a cell of these dimensions (a view of the organisation or not) lies in it: one of them
  // is a unit or a process, or an activity of a process, of the perimeter.
  bool sees(const std::vector<std::string>& dimensions,
            const std::vector<std::string_view>& values) const;
  bool sees(const std::vector<std::pair<std::string, std::string>>& dimensions) const;
  bool sees(const flow::CellView& view, std::uint32_t cuboid, std::uint32_t group) const;
  // Of what it holds, not of whose it is; zero for everything.
  const base::Hash128& hash() const { return hash_; }

 private:
  bool holds(std::string_view dimension, std::string_view value) const;

  using Names = std::set<std::string, std::less<>>;
  bool all_ = true;
  Names units_;
  Names processes_;
  Names activities_;
  base::Hash128 hash_;
};

// The account, if it counts on that day; or null.
const flow::GrantedAccount* account_of(const flow::Access& access, std::string_view id);
// Of an account of `access`, in the model of `view`. UNAUTHENTICATED: it does not count any more.
StatusOr<std::shared_ptr<const Perimeter>> perimeter_of(std::string_view account,
                                                        const flow::Access& access,
                                                        const flow::CellView& view);

// The perimeters of accounts as long as rights and model stay what they are. One thread.
class Perimeters {
 public:
  // Of an account, "" for who sees everything; as perimeter_of().
  StatusOr<std::shared_ptr<const Perimeter>> of(const std::string& account,
                                                const std::shared_ptr<const flow::Access>& access,
                                                const flow::CellView& view);

 private:
  std::shared_ptr<const flow::Access> access_;
  std::shared_ptr<const model::SteeringModel> steering_;
  std::map<std::string, StatusOr<std::shared_ptr<const Perimeter>>> known_;
};

// The view as the perimeter shows it; `view` itself where that is all of it.
std::shared_ptr<const flow::CellView> masked(std::shared_ptr<const flow::CellView> view,
                                             std::shared_ptr<const Perimeter> perimeter);

}  // namespace passerelle::publication
