#include "core/steering/check.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <utility>

#include "core/base/limits.h"
#include "core/formats/yaml.h"
#include "core/model/kinds.h"
#include "core/steering/draft.h"

namespace passerelle::steering {
namespace {

struct Section {
  std::string_view name;
  void (*read)(Node, Draft*, Findings*);
};
constexpr std::array<Section, 19> kSections = {{{"authority", read_authority},
                                                {"processes", read_processes},
                                                {"activities", read_activities},
                                                {"organisation", read_organisation},
                                                {"policies", read_policies},
                                                {"roadmap", read_roadmap},
                                                {"dimensions", read_dimensions},
                                                {"kinds", read_kinds},
                                                {"tables", read_tables},
                                                {"mappings", read_mappings},
                                                {"indicators", read_indicators},
                                                {"targets", read_targets},
                                                {"optimisation", read_optimisation},
                                                {"precedence", read_precedence},
                                                {"pools", read_pools},
                                                {"keys", read_keys},
                                                {"cascade", read_cascade},
                                                {"calendars", read_calendars},
                                                {"tests", read_tests}}};

constexpr std::array<std::string_view, 8> kLaterSections = {
    "alerts",   "thresholds",  "comments", "commitments",
    "closings", "assignments", "reports",  "charts"};

bool is_yaml(std::string_view path) { return path.ends_with(".yaml") || path.ends_with(".yml"); }

bool is_connector(std::string_view path) {
  constexpr std::string_view kFolder = "connectors/";
  return path.starts_with(kFolder) && path.find('/', kFolder.size()) == std::string_view::npos;
}

// "<file>:<line>:<column>: what is wrong" as parse_yaml writes it.
void report_syntax(const Status& status, const std::string& path, Findings* findings) {
  const std::string message = base::message_of(status);
  model::Place place{path, 1, 1};
  std::string_view rest = message;
  if (rest.starts_with(path + ':')) {
    rest.remove_prefix(path.size() + 1);
    for (int* number : {&place.line, &place.column}) {
      const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), *number);
      if (failure != std::errc() || end == rest.data() + rest.size() || *end != ':') break;
      rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
    }
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  }
  findings->error(place, code::kSyntax, std::string(rest), "");
}

void read_sections(const Node& root, Draft* draft, Findings* findings) {
  NodeReader file(root, "the file", {*root.file, 1, 1}, findings);
  if (!file.is_map()) return;
  for (const Section& section : kSections) {
    // What holds the model must stay when the tests are left out.
    if (is_test_path(*root.file) && section.name != "tests") continue;
    const formats::Yaml* value = file.find(section.name);
    if (value != nullptr) section.read(file.node(*value), draft, findings);
  }
  for (const std::string_view later : kLaterSections) file.not_available(later);
  file.finish();
}

// Of a model that does not come from read_folder(): a proposal, an import.
bool is_within_limits(const std::vector<ModelFile>& files, Findings* findings) {
  std::size_t bytes = 0;
  for (const ModelFile& file : files) {
    bytes += file.text.size();
    if (file.text.size() > base::kModelFileBytesMax) {
      findings->error(
          {file.path, 1, 1}, code::kTooMany,
          "the file is larger than " + std::to_string(base::kModelFileBytesMax >> 20) + " MiB",
          "split it");
    }
  }
  for (std::size_t i = 1; i < files.size(); ++i) {
    if (files[i].path != files[i - 1].path) continue;
    findings->error({files[i].path, 1, 1}, code::kDuplicate, "the file is there twice",
                    "keep one of the two");
  }
  if (files.size() > base::kModelFilesMax || bytes > base::kModelBytesMax) {
    findings->error({files.front().path, 1, 1}, code::kTooMany,
                    "the model holds more than " + std::to_string(base::kModelFilesMax) +
                        " files or " + std::to_string(base::kModelBytesMax >> 20) + " MiB",
                    "keep source data elsewhere");
  }
  return !findings->has_errors();
}

void sort_kinds(Draft* draft) {
  std::sort(draft->model.kinds.begin(), draft->model.kinds.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

void check_all(Draft* draft, std::vector<ModelTest>* tests, Findings* findings) {
  if (draft->authority_at.line == 0) {
    const std::string file = draft->files->empty() ? "." : draft->files->front().path;
    findings->error({file, 1, 1}, code::kMissing, "the model has no section 'authority'",
                    "add 'authority: {id: ..., label: {fr: ..., en: ...}}' to one of its files");
  }
  sort_kinds(draft);
  model::carry_pool_dimensions(&draft->model);
  draft->registry.report_dangling(findings);
  check_hierarchies(*draft, findings);
  check_raci(*draft, findings);
  load_tables(draft, findings);
  find_names(draft);
  check_pools(draft, findings);
  check_keys(draft, findings);
  check_cascade(*draft, findings);
  find_names(draft);  // pools have their amounts only now
  check_served(*draft, findings);
  check_mappings(*draft, findings);
  check_precedence(*draft, findings);
  check_indicators(draft, findings);
  check_targets(draft, findings);
  check_statuses(*draft, findings);
  check_optimisation(draft, findings);
  check_links(*draft, findings);
  check_tests(*draft, tests, findings);
}

}  // namespace

Checked check(std::vector<ModelFile> files) {
  std::sort(files.begin(), files.end(),
            [](const ModelFile& a, const ModelFile& b) { return a.path < b.path; });
  Findings findings;
  if (!is_within_limits(files, &findings)) return {nullptr, findings.take(), {}};
  Draft draft;
  draft.files = &files;
  draft.model.kinds = model::built_in_kinds();
  std::deque<formats::Yaml> trees;  // expressions point into them
  bool is_readable = true;
  for (const ModelFile& file : files) {
    if (!is_yaml(file.path)) continue;
    auto tree = formats::parse_yaml(file.text, file.path);
    if (!tree.ok()) {
      report_syntax(tree.status(), file.path, &findings);
      is_readable = false;
      continue;
    }
    trees.push_back(*std::move(tree));
    draft.file = &file;
    const Node root{&trees.back(), &file.path};
    if (is_connector(file.path)) {
      read_connector(root, &draft, &findings);
    } else {
      read_sections(root, &draft, &findings);
    }
  }
  // What an unreadable file would have held must not be reported as missing elsewhere.
  std::vector<ModelTest> tests;
  if (is_readable) check_all(&draft, &tests, &findings);
  if (findings.has_errors()) return {nullptr, findings.take(), {}};
  draft.model.hash = hash_of(canonical(std::move(files)));
  return {std::make_shared<const model::SteeringModel>(std::move(draft.model)), findings.take(),
          std::move(tests)};
}

}  // namespace passerelle::steering
