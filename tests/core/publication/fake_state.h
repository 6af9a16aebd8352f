// A published state for tests: cells set one by one, committed as revisions.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/flow/alert.h"
#include "core/flow/cells.h"

namespace passerelle::publication {

class FakeView final : public flow::CellView {
 public:
  struct Group {
    std::vector<std::string> values;
    base::Period period;
    std::vector<model::CellValue> cells;  // by indicator
  };

  model::Revision revision() const override { return revision_; }
  std::shared_ptr<const model::SteeringModel> steering() const override { return steering_; }
  const std::vector<flow::CuboidInfo>& cuboids() const override { return infos_; }
  std::uint32_t group_count(std::uint32_t cuboid) const override {
    return static_cast<std::uint32_t>(groups_[cuboid].size());
  }
  base::Period period(std::uint32_t cuboid, std::uint32_t group) const override {
    return groups_[cuboid][group].period;
  }
  std::vector<std::string_view> values(std::uint32_t cuboid, std::uint32_t group) const override {
    const std::vector<std::string>& values = groups_[cuboid][group].values;
    return {values.begin(), values.end()};
  }
  model::CellValue cell(model::CellRef ref) const override {
    return groups_[ref.cuboid][ref.group].cells[ref.indicator];
  }
  std::shared_ptr<const flow::Alerts> alerts() const override { return alerts_; }

 private:
  friend class FakeState;
  model::Revision revision_ = 0;
  std::shared_ptr<const flow::Alerts> alerts_;
  std::shared_ptr<const model::SteeringModel> steering_;
  std::vector<flow::CuboidInfo> infos_;
  std::vector<std::vector<Group>> groups_;
};

inline model::CellValue number(std::int64_t scaled, std::uint8_t scale = 0) {
  model::CellValue value;
  value.scaled = scaled;
  value.scale = scale;
  value.n = 1;
  value.absent = false;
  return value;
}
inline model::CellValue no_value(model::NaReason reason) {
  model::CellValue value;
  value.na = reason;
  value.absent = false;
  return value;
}
inline constexpr model::CellValue kNoCell{};

class FakeState {
 public:
  using View = std::shared_ptr<const FakeView>;

  std::uint32_t add_cuboid(std::vector<std::string> dimensions, base::Grain grain,
                           std::vector<std::string> indicators) {
    view_.infos_.push_back({std::move(dimensions), grain, std::move(indicators)});
    view_.groups_.emplace_back();
    return static_cast<std::uint32_t>(view_.infos_.size() - 1);
  }
  void set_steering(std::shared_ptr<const model::SteeringModel> steering) {
    view_.steering_ = std::move(steering);
  }

  // Sets one cell in the next revision.
  void set(std::uint32_t cuboid, const std::vector<std::string>& values, std::string_view period,
           std::uint16_t indicator, model::CellValue value) {
    const std::uint32_t group = group_of(cuboid, values, *base::Period::parse(period));
    model::CellValue& cell = view_.groups_[cuboid][group].cells[indicator];
    if (cell.same_value(value)) return;
    delta_.changes.push_back({{cuboid, group, indicator}, cell, value});
    cell = value;
  }
  // A crossing in the next revision.
  void tell(flow::Alert alert) {
    flow::Alerts alerts = view_.alerts_ == nullptr ? flow::Alerts() : *view_.alerts_;
    alert.number = alerts.size() + 1;
    alert.revision = view_.revision_ + 1;
    alerts.push_back(std::make_shared<const flow::Alert>(std::move(alert)));
    view_.alerts_ = std::make_shared<const flow::Alerts>(std::move(alerts));
  }
  void set_marks(std::vector<flow::SourceMark> marks) {
    delta_.marks = std::move(marks);
    delta_.marks_changed = true;
  }

  // Who may see what from the next revision on.
  void set_access(flow::Access access) {
    delta_.access = std::make_shared<const flow::Access>(std::move(access));
  }

  // The next revision: what changed since the last, and the view after it.
  std::pair<flow::Delta, View> commit(base::Instant at = 0) {
    if (delta_.reset) delta_.changes.clear();
    for (const flow::CellChange& change : delta_.changes) name(change.ref);
    delta_.at = at;
    delta_.revision = ++view_.revision_;
    flow::Delta done = std::exchange(delta_, flow::Delta{});
    return {std::move(done), view()};
  }
  View view() const { return std::make_shared<FakeView>(view_); }

  // A model switch in the next revision: everything is laid out anew, empty.
  void lay_out_anew() {
    delta_.reset = true;
    delta_.cause = flow::Cause::kModel;
    delta_.previous = view();
    view_.infos_.clear();
    view_.groups_.clear();
    numbers_.clear();
  }
  void set_revision(model::Revision revision) { view_.revision_ = revision; }

 private:
  void name(model::CellRef ref) {
    const FakeView::Group& group = view_.groups_[ref.cuboid][ref.group];
    delta_.names.add(ref.cuboid, ref.group, group.period);
    for (const std::string& value : group.values) delta_.names.add_value(value);
  }
  std::uint32_t group_of(std::uint32_t cuboid, const std::vector<std::string>& values,
                         base::Period period) {
    auto& groups = view_.groups_[cuboid];
    const auto [known, fresh] =
        numbers_.try_emplace({cuboid, values, period}, static_cast<std::uint32_t>(groups.size()));
    if (!fresh) return known->second;
    groups.push_back({values, period, {}});
    groups.back().cells.resize(view_.infos_[cuboid].indicators.size());
    return known->second;
  }

  FakeView view_;
  std::map<std::tuple<std::uint32_t, std::vector<std::string>, base::Period>, std::uint32_t>
      numbers_;
  flow::Delta delta_;
};

}  // namespace passerelle::publication
