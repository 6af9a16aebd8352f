#include "core/steering/workbook_names.h"

#include "core/base/text.h"

namespace passerelle::steering {
namespace {

// An id stays readable in a cell key and a file.
constexpr std::size_t kIdBytesMax = 60;

}  // namespace

std::string WorkbookNames::id_from(std::string_view text) {
  std::string id;
  for (const char c : base::folded(text)) {
    if (c >= 'a' && c <= 'z') {
      id.push_back(static_cast<char>(c - 'a' + 'A'));
    } else if (c >= '0' && c <= '9') {
      id.push_back(c);
    } else if (!id.empty() && id.back() != '_') {
      id.push_back('_');
    }
    if (id.size() >= kIdBytesMax) break;
  }
  while (!id.empty() && id.back() == '_') id.pop_back();
  if (!id.empty() && id.front() >= '0' && id.front() <= '9') id.insert(0, "N_");
  return id;
}

bool WorkbookNames::has_id(std::string_view section, const std::string& id) const {
  return ids_.count({std::string(section), id}) > 0;
}

std::string WorkbookNames::new_id(std::string_view section, std::string_view text) const {
  const std::string base = id_from(text);
  if (base.empty()) return "";
  std::string id = base;
  for (int number = 2; has_id(section, id); ++number) id = base + '_' + std::to_string(number);
  return id;
}

void WorkbookNames::add_id(std::string_view section, const std::string& id, std::uint64_t row) {
  ids_.emplace(Key(section, id), row);
  add_name(section, id, id);
}

std::uint64_t WorkbookNames::row_of(std::string_view section, const std::string& id) const {
  const auto at = ids_.find({std::string(section), id});
  return at == ids_.end() ? 0 : at->second;
}

void WorkbookNames::add_name(std::string_view section, const std::string& id,
                             std::string_view name) {
  std::string folded = base::folded(name);
  if (folded.empty()) return;
  const auto [at, is_new] = names_.emplace(Key(section, std::move(folded)), id);
  if (!is_new && at->second != id) at->second.clear();
}

std::optional<std::string> WorkbookNames::resolve(std::string_view section,
                                                  std::string_view text) const {
  const std::string exact(base::trimmed(text));
  if (has_id(section, exact)) return exact;
  std::string holder = holder_of(section, exact);
  if (holder.empty()) return std::nullopt;
  return holder;
}

std::string WorkbookNames::holder_of(std::string_view section, std::string_view name) const {
  const auto at = names_.find({std::string(section), base::folded(name)});
  return at == names_.end() ? "" : at->second;
}

}  // namespace passerelle::steering
