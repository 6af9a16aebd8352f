// The words of groups, apart from the state that they are of: for readers on another thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/calendar.h"

namespace passerelle::flow {

struct NamedGroup {
  std::uint32_t cuboid = 0;
  std::uint32_t group = 0;
  base::Period period;
  std::uint32_t first = 0;  // of its values
  std::uint32_t end = 0;
};

class GroupNames {
 public:
  const std::vector<NamedGroup>& groups() const { return groups_; }
  // By dimension; they live as long as the names.
  std::vector<std::string_view> values(const NamedGroup& group) const {
    std::vector<std::string_view> found;
    for (std::uint32_t i = group.first; i < group.end; ++i) {
      const std::uint32_t begin = i == 0 ? 0 : ends_[i - 1];
      found.emplace_back(text_.data() + begin, ends_[i] - begin);
    }
    return found;
  }
  std::size_t bytes() const {
    return groups_.size() * sizeof(NamedGroup) + ends_.size() * sizeof(std::uint32_t) +
           text_.size();
  }

  // Then its values, one by one.
  void add(std::uint32_t cuboid, std::uint32_t group, base::Period period) {
    const auto first = static_cast<std::uint32_t>(ends_.size());
    groups_.push_back({cuboid, group, period, first, first});
  }
  void add_value(std::string_view value) {
    text_.append(value);
    ends_.push_back(static_cast<std::uint32_t>(text_.size()));
    ++groups_.back().end;
  }

 private:
  std::vector<NamedGroup> groups_;
  std::vector<std::uint32_t> ends_;  // of values, in `text_`
  std::string text_;
};

}  // namespace passerelle::flow
