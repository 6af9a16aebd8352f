#include "core/publication/perimeter.h"

#include <algorithm>
#include <limits>
#include <map>

#include "core/flow/wrapped_view.h"
#include "core/model/org_view.h"

namespace passerelle::publication {
namespace {

// Where the unit lies: the parent of the latest period that has begun; empty: at the top.
std::string_view parent_on(const model::OrgUnit& unit, base::Days today) {
  const model::OrgParent* last = nullptr;
  const auto from = [](const model::OrgParent& parent) {
    return parent.valid.from.value_or(std::numeric_limits<base::Days>::min());
  };
  for (const model::OrgParent& parent : unit.parents) {
    if (from(parent) > today) continue;
    if (last == nullptr || from(parent) > from(*last)) last = &parent;
  }
  return last == nullptr ? std::string_view() : std::string_view(last->unit);
}

// Whether `id` is one of `wanted` or lies below one; `parents`: of every id. A cycle ends.
bool lies_in(std::string_view id, const std::vector<std::string>& wanted,
             const std::map<std::string_view, std::string_view>& parents) {
  for (std::size_t step = 0; !id.empty() && step <= parents.size(); ++step) {
    if (std::find(wanted.begin(), wanted.end(), id) != wanted.end()) return true;
    const auto above = parents.find(id);
    id = above == parents.end() ? std::string_view() : above->second;
  }
  return false;
}

// Cells of a view, those out of the perimeter hidden.
class MaskedView final : public flow::WrappedView {
 public:
  MaskedView(const std::shared_ptr<const flow::CellView>& view,
             std::shared_ptr<const Perimeter> perimeter)
      : WrappedView(*view, view), perimeter_(std::move(perimeter)) {}

  model::CellValue cell(model::CellRef ref) const override {
    const model::CellValue value = cells().cell(ref);
    return value.absent || perimeter_->sees(cells(), ref.cuboid, ref.group) ? value
                                                                            : hidden_value();
  }
  std::shared_ptr<const flow::Alerts> alerts() const override { return cells().alerts(); }

 private:
  std::shared_ptr<const Perimeter> perimeter_;
};

}  // namespace

model::CellValue hidden_value() {
  model::CellValue value;
  value.na = model::NaReason::kHidden;
  value.absent = false;
  return value;
}

Perimeter::Perimeter(const model::Account& account, const model::SteeringModel* model,
                     base::Days today)
    : all_(account.sees_all()) {
  if (all_) return;
  std::map<std::string_view, std::string_view> units;
  std::map<std::string_view, std::string_view> processes;
  if (model != nullptr) {
    for (const model::OrgUnit& unit : model->units) units[unit.id] = parent_on(unit, today);
    for (const model::Process& process : model->processes) processes[process.id] = process.parent;
    for (const model::Activity& activity : model->activities) {
      if (lies_in(activity.process, account.processes, processes)) activities_.insert(activity.id);
    }
  }
  for (const auto& [id, parent] : units) {
    if (lies_in(id, account.units, units)) units_.emplace(id);
  }
  for (const auto& [id, parent] : processes) {
    if (lies_in(id, account.processes, processes)) processes_.emplace(id);
  }
  std::string text = "perimeter";
  for (const Names* names : {&units_, &processes_, &activities_}) {
    text += '\n' + std::to_string(names->size());
    for (const std::string& name : *names) text += ' ' + std::to_string(name.size()) + ':' + name;
  }
  hash_ = base::hash128(text);
}

bool Perimeter::holds(std::string_view dimension, std::string_view value) const {
  const std::string_view plain = model::plain_dimension(dimension);
  if (model::is_org_dimension(plain)) return units_.contains(value);
  if (plain == "activity") return activities_.contains(value);
  return plain == "process" && processes_.contains(value);
}

bool Perimeter::sees(const std::vector<std::string>& dimensions,
                     const std::vector<std::string_view>& values) const {
  if (all_) return true;
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    if (holds(dimensions[i], values[i])) return true;
  }
  return false;
}

bool Perimeter::sees(const std::vector<std::pair<std::string, std::string>>& dimensions) const {
  return all_ || std::any_of(dimensions.begin(), dimensions.end(), [this](const auto& dimension) {
           return holds(dimension.first, dimension.second);
         });
}

bool Perimeter::sees(const flow::CellView& view, std::uint32_t cuboid, std::uint32_t group) const {
  return all_ || sees(view.cuboids()[cuboid].dimensions, view.values(cuboid, group));
}

const flow::GrantedAccount* account_of(const flow::Access& access, std::string_view id) {
  for (const flow::GrantedAccount& granted : access.accounts) {
    if (granted.account.id != id) continue;
    const bool is_over = granted.account.until && *granted.account.until < access.today;
    return is_over ? nullptr : &granted;
  }
  return nullptr;
}

StatusOr<std::shared_ptr<const Perimeter>> perimeter_of(std::string_view account,
                                                        const flow::Access& access,
                                                        const flow::CellView& view) {
  const flow::GrantedAccount* granted = account_of(access, account);
  if (granted == nullptr) {
    return base::unauthenticated("the account " + std::string(account) +
                                 " was revoked or has ended; ask an administrator of the hub");
  }
  return std::make_shared<const Perimeter>(granted->account, view.steering().get(), access.today);
}

StatusOr<std::shared_ptr<const Perimeter>> Perimeters::of(
    const std::string& account, const std::shared_ptr<const flow::Access>& access,
    const flow::CellView& view) {
  const auto steering = view.steering();
  if (access_ != access || steering_ != steering) {
    access_ = access;
    steering_ = steering;
    known_.clear();
  }
  const auto known = known_.find(account);
  if (known != known_.end()) return known->second;
  auto made =
      account.empty() ? std::make_shared<const Perimeter>() : perimeter_of(account, *access, view);
  return known_.emplace(account, std::move(made)).first->second;
}

std::shared_ptr<const flow::CellView> masked(std::shared_ptr<const flow::CellView> view,
                                             std::shared_ptr<const Perimeter> perimeter) {
  if (view == nullptr || perimeter->sees_all()) return view;
  return std::make_shared<MaskedView>(view, std::move(perimeter));
}

}  // namespace passerelle::publication
