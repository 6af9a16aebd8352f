#include "core/steering/workbook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <sstream>

#include "core/formats/xlsx.h"
#include "core/steering/check.h"
#include "core/steering/workbook_layout.h"
#include "tests/core/steering/samples.h"

namespace passerelle::steering {
namespace {

using Rows = std::vector<std::vector<std::string>>;
using Workbook = std::vector<std::pair<std::string, Rows>>;
using Kind = ImportNote::Kind;

std::string bytes_of(const Workbook& sheets) {
  formats::XlsxWriter writer;
  for (const auto& [name, rows] : sheets) {
    EXPECT_TRUE(writer.begin_sheet(name, rows.front()).ok());
    for (std::size_t i = 1; i < rows.size(); ++i) {
      std::vector<formats::XlsxCell> cells;
      for (const std::string& cell : rows[i]) cells.push_back(formats::XlsxCell::of_text(cell));
      EXPECT_TRUE(writer.add_row(cells).ok());
    }
  }
  auto bytes = writer.finish();
  EXPECT_TRUE(bytes.ok()) << bytes.status().ToString();
  return *std::move(bytes);
}

Workbook cells_of(const std::string& bytes) {
  Workbook sheets;
  const auto reader = formats::XlsxReader::open_bytes(bytes);
  EXPECT_TRUE(reader.ok()) << reader.status().ToString();
  for (std::size_t i = 0; i < (*reader)->sheets().size(); ++i) {
    Rows all;
    auto rows = (*reader)->rows(i).value();
    while (rows->next().value()) all.push_back(rows->cells());
    sheets.emplace_back((*reader)->sheets()[i].name, std::move(all));
  }
  return sheets;
}

std::ostream& operator<<(std::ostream& out, const model::Label& label) {
  return out << label.fr << '/' << label.en;
}
std::ostream& operator<<(std::ostream& out, const model::Validity& valid) {
  return out << valid.from.value_or(-1) << ".." << valid.to.value_or(-1);
}

// Every field of the sections a workbook holds, places apart.
std::string dump(const model::SteeringModel& model) {
  std::ostringstream out;
  const auto list = [&](const std::vector<std::string>& items) {
    for (const std::string& item : items) out << '<' << item << '>';
    out << '|';
  };
  for (const auto& p : model.processes) {
    out << "process " << p.id << '|' << p.label << '|' << p.family << '|' << p.number << '|'
        << p.parent << '|' << p.pilot << '|' << p.purpose << '|' << p.valid << '|';
    list(p.inputs);
    list(p.outputs);
    out << '\n';
  }
  for (const auto& a : model.activities) {
    out << "activity " << a.id << '|' << a.label << '|' << a.process << '|' << a.deliverable << '|'
        << a.unit_of_work << '|' << a.unit_minutes.value_or(-1) << '|' << a.legal_basis << '|'
        << a.job_family << '|' << a.valid << '\n';
  }
  for (const auto& r : model.raci) {
    out << "raci " << r.activity << '|' << r.letter << '|' << r.unit << '|' << r.role << '\n';
  }
  for (const auto& u : model.units) {
    out << "unit " << u.id << '|' << u.kind << '|' << u.label << '|' << u.valid << '|';
    for (const auto& parent : u.parents) out << parent.unit << ' ' << parent.valid << ',';
    list(u.codes);
    out << '\n';
  }
  for (const auto& p : model.policies) {
    out << "policy " << p.id << '|' << p.label << '|' << p.parent << '|' << p.valid << '|';
    list(p.codes);
    out << '\n';
  }
  for (const auto& r : model.roadmap) {
    out << "roadmap " << r.id << '|' << r.level << '|' << r.parent << '|' << r.label << '|'
        << r.pilot << '|' << r.due.value_or(-1) << '|' << r.state << '|';
    list(r.activities);
    list(r.indicators);
    out << '\n';
  }
  for (const auto& i : model.indicators) {
    out << "indicator " << i.id << '|' << i.version << '|' << i.label << '|' << i.kind << '|'
        << i.stakeholder << '|' << i.from << '|' << i.where << '|' << i.value << '|' << i.at << '|'
        << base::to_string(i.grain) << '|' << static_cast<int>(i.time) << '|' << i.unit << '|'
        << i.round << '|' << i.better << '|' << i.owner << '|';
    list(i.by);
    for (const auto& grouping : i.publish) list(grouping);
    for (const auto grain : i.grains) out << base::to_string(grain) << ',';
    out << '\n';
  }
  for (const auto& t : model.targets) {
    out << "target " << t.indicator << '|' << t.value << '|' << t.amber << '|' << t.hysteresis;
    for (const auto& point : t.linear) out << '|' << point.period.to_string() << '=' << point.value;
    for (const auto& [dimension, value] : t.scope) out << '|' << dimension << '=' << value;
    out << '\n';
  }
  return out.str();
}

// The sample's files that a workbook does not hold, with those of an import.
std::vector<ModelFile> with_import(const std::vector<ModelFile>& imported) {
  std::vector<ModelFile> files;
  for (const ModelFile& file : sample_model()) {
    if (file.path != "reference.yaml" && file.path != "indicators/all.yaml") files.push_back(file);
  }
  files.insert(files.end(), imported.begin(), imported.end());
  return files;
}

bool has_note(const ImportReport& report, Kind kind, std::string_view sheet, std::uint64_t row,
              std::string_view words) {
  return std::any_of(report.notes.begin(), report.notes.end(), [&](const ImportNote& note) {
    return note.kind == kind && note.sheet == sheet && note.row == row &&
           note.reason.find(words) != std::string::npos;
  });
}

std::string lines_of(const ImportReport& report) {
  std::string text;
  for (const ImportNote& note : report.notes) {
    text += note.sheet + ' ' + std::to_string(note.row) + ' ' + std::string(to_string(note.kind)) +
            ": " + note.reason + '\n';
  }
  return text;
}

TEST(Workbook, TheWayThereAndBackGivesTheSameModel) {
  const Checked before = check(sample_model());
  ASSERT_TRUE(before.ok()) << lines_of(before.findings);
  const auto bytes = export_reference(*before.model, {});
  ASSERT_TRUE(bytes.ok()) << bytes.status().ToString();
  const auto imported = import_reference_bytes(*bytes);
  ASSERT_TRUE(imported.ok()) << imported.status().ToString();
  EXPECT_TRUE(imported->report.notes.empty()) << lines_of(imported->report);
  const Checked after = check(with_import(imported->files));
  ASSERT_TRUE(after.ok()) << lines_of(after.findings);
  EXPECT_EQ(dump(*after.model), dump(*before.model));
}

TEST(Workbook, TheWayBackAndThereGivesTheSameCells) {
  const Checked model = check(sample_model());
  ASSERT_TRUE(model.ok());
  const std::string first = export_reference(*model.model, {}).value();
  const auto imported = import_reference_bytes(first);
  ASSERT_TRUE(imported.ok());
  const Checked again = check(with_import(imported->files));
  ASSERT_TRUE(again.ok()) << lines_of(again.findings);
  const std::string second = export_reference(*again.model, imported->files).value();
  EXPECT_EQ(cells_of(second), cells_of(first));
}

TEST(Workbook, ItsSheetsAreFrench) {
  const Checked model = check(sample_model());
  ASSERT_TRUE(model.ok());
  const Workbook sheets = cells_of(export_reference(*model.model, {}).value());
  std::vector<std::string> names;
  for (const auto& [name, rows] : sheets) names.push_back(name);
  EXPECT_THAT(names,
              testing::ElementsAre("Processus", "Activités", "Rôles", "Organisation", "Indicateurs",
                                   "Objectifs", "Cibles", "Politiques", "Clés"));
  EXPECT_THAT(
      sheets[0].second[1],
      testing::ElementsAre("OP_ETAT_CIVIL", "2.1", "État civil", "Civil status", "opérationnel", "",
                           "Responsable état civil", "Garantir l'identité", "Guarantee identity",
                           "demande; \"pièce ; copie\"", "acte", "2024-01-01"));
  EXPECT_EQ(sheets[3].second[4][4],
            "DIR_FINANCES [.. 2025-06-30]; DIR_CITOYENNETE [2025-07-01 ..]");
}

// A workbook as an authority keeps it: titles above, other words, no ids, and mistakes.
Workbook foreign() {
  return {
      {"processus",
       {{"Référentiel de Valbrume"},
        {"N°", "Processus", "Type", "Pilote", "Version du document"},
        {"1", "Gérer l'état civil", "Opérationnel", "Chef de service", "v3"},
        {"2", "Gérer les finances", "Soutien", "", ""},
        {"3", "GERER LES  FINANCES", "Support", "", "doublon"},
        {"4", "Piloter", "Inconnu", "", ""}}},
      {"Organigramme",
       {{"Code", "Entité", "Type", "Parent"},
        {"DGS", "Direction générale", "DGA", ""},
        {"10-CIV", "État civil", "Service", "Direction générale"},
        {"FIN", "Finances", "Direction", "Nulle part"},
        {"CAB", "Cabinet", "Direction", "-"}}},
      {"Activités",
       {{"Activité", "Processus", "UO", "Temps unitaire"},
        {"Délivrer les titres", "1", "titre", "25"},
        {"Mandater", "gérer les finances", "mandat", "5"},
        {"Rêver", "", "", ""}}},
      {"Matrice RACI",
       {{"Activités", "État civil", "Finances", "DGS", "Commentaire"},
        {"Délivrer les titres", "R", "I", "A", "revu"},
        {"Mandater", "", "A/R", "C", ""},
        {"Inexistante", "R", "", "", ""}}},
      {"Indicateurs",
       {{"Indicateur", "Type", "Formule", "Source", "Maille"},
        {"Nombre de titres", "Activité", "count()", "ticket", "Mois"},
        {"Satisfaction", "Qualité", "", "", ""}}},
      {"Objectifs",
       {{"Code indicateur", "Période", "Valeur cible"},
        {"Nombre de titres", "2026", "12,5"},
        {"Satisfaction", "2026", "90"}}},
      {"Clés", {{"Clé", "Destination", "Part"}, {"Accueil", "Titres", "40"}}},
      {"Notes de réunion", {{"Date", "Décision"}, {"3 mai", "Revoir les pilotes"}}},
  };
}

TEST(Workbook, AnExistingOneIsReadWithItsOwnWordsAndReported) {
  const auto imported = import_reference_bytes(bytes_of(foreign()));
  ASSERT_TRUE(imported.ok()) << imported.status().ToString();
  const ImportReport& report = imported->report;
  const std::string all = lines_of(report);
  EXPECT_TRUE(has_note(report, Kind::kDuplicate, "processus", 5, "row 4")) << all;
  EXPECT_TRUE(has_note(report, Kind::kSkipped, "processus", 5, "label of its own")) << all;
  EXPECT_TRUE(has_note(report, Kind::kUnclear, "processus", 6, "'Inconnu'")) << all;
  EXPECT_TRUE(has_note(report, Kind::kUnknownColumn, "processus", 0, "Version du document")) << all;
  EXPECT_TRUE(has_note(report, Kind::kSkipped, "processus", 1, "above the header")) << all;
  EXPECT_TRUE(has_note(report, Kind::kRenamed, "Organigramme", 3, "N_10_CIV")) << all;
  EXPECT_TRUE(has_note(report, Kind::kOrphan, "Organigramme", 4, "'Nulle part'")) << all;
  EXPECT_TRUE(has_note(report, Kind::kOrphan, "Activités", 4, "no process")) << all;
  EXPECT_TRUE(has_note(report, Kind::kOrphan, "Activités", 4, "no role A")) << all;
  EXPECT_TRUE(has_note(report, Kind::kOrphan, "Matrice RACI", 4, "activity")) << all;
  EXPECT_TRUE(has_note(report, Kind::kSkipped, "Indicateurs", 3, "no formula")) << all;
  EXPECT_TRUE(has_note(report, Kind::kOrphan, "Objectifs", 3, "'Satisfaction'")) << all;
  EXPECT_TRUE(has_note(report, Kind::kUnknownSheet, "Notes de réunion", 0, "kept")) << all;
  EXPECT_EQ(report.read.at("processus"), 4u);
  EXPECT_EQ(report.taken.at("processus"), 3u);
  EXPECT_EQ(report.taken.at("Matrice RACI"), 2u);
}

std::string text_of(const std::vector<ModelFile>& files, std::string_view path) {
  for (const ModelFile& file : files) {
    if (file.path == path) return file.text;
  }
  return "";
}

TEST(Workbook, AnExistingOneBecomesAFolder) {
  const auto imported = import_reference_bytes(bytes_of(foreign()));
  ASSERT_TRUE(imported.ok());
  const std::string activities = text_of(imported->files, "reference/activities.yaml");
  EXPECT_THAT(activities, testing::HasSubstr("MANDATER:\n"));
  EXPECT_THAT(activities, testing::HasSubstr("process: GERER_LES_FINANCES\n"));
  EXPECT_THAT(activities, testing::HasSubstr("raci:\n      A:\n        - DGS\n      R:\n"
                                             "        - N_10_CIV\n"));
  const std::string units = text_of(imported->files, "reference/organisation.yaml");
  EXPECT_THAT(units, testing::HasSubstr("parent: DGS\n"));
  EXPECT_THAT(units, testing::HasSubstr("- 10-CIV\n")) << "the code that was no id";
  EXPECT_THAT(text_of(imported->files, "reference/targets.yaml"), testing::HasSubstr("12.5"));
  EXPECT_EQ(text_of(imported->files, "reference/keys.csv"),
            "Clé;Destination;Part\nAccueil;Titres;40\n");
}

// What is left once an import can be checked: a model and its side files.
struct Folder {
  std::shared_ptr<const model::SteeringModel> model;
  std::vector<ModelFile> files;
};

Folder folder_of(const std::string& workbook) {
  const auto imported = import_reference_bytes(workbook);
  EXPECT_TRUE(imported.ok()) << imported.status().ToString();
  std::vector<ModelFile> files = imported->files;
  files.push_back({"a.yaml", "authority: {id: A, label: {fr: A}}\n"});
  const Checked checked = check(files);
  EXPECT_TRUE(checked.ok()) << lines_of(checked.findings);
  return {checked.model, imported->files};
}

// The foreign workbook with its errors mended, its oddities left.
Workbook mended() {
  Workbook workbook = foreign();
  workbook[0].second[5][2] = "Pilotage";
  workbook[1].second[3][3] = "DGS";
  workbook[2].second[3][1] = "4";
  workbook[5].second[1][1] = "2026-03";
  workbook[3].second.push_back({"Rêver", "", "", "A, R", ""});
  return workbook;
}

TEST(Workbook, NothingOfAnExistingOneIsLost) {
  const Folder folder = folder_of(bytes_of(mended()));
  ASSERT_NE(folder.model, nullptr);
  const std::string exported = export_reference(*folder.model, folder.files).value();
  std::string all;
  for (const auto& [name, rows] : cells_of(exported)) {
    all += name + '\n';
    for (const auto& row : rows) {
      for (const std::string& cell : row) all += cell + '\n';
    }
  }
  for (const char* text :
       {"v3", "doublon", "GERER LES  FINANCES", "10-CIV", "Inexistante", "Satisfaction", "Accueil",
        "Notes de réunion", "Revoir les pilotes", "Chef de service", "12.5", "titre"}) {
    EXPECT_THAT(all, testing::HasSubstr(std::string(text) + '\n'));
  }
}

TEST(Workbook, TheSecondWayThereAndBackChangesNothing) {
  const Folder first = folder_of(bytes_of(mended()));
  ASSERT_NE(first.model, nullptr);
  const std::string once = export_reference(*first.model, first.files).value();
  const Folder second = folder_of(once);
  ASSERT_NE(second.model, nullptr);
  EXPECT_EQ(dump(*second.model), dump(*first.model));
  EXPECT_EQ(cells_of(export_reference(*second.model, second.files).value()), cells_of(once));
}

Workbook letters(const std::string& of_first, const std::string& of_second) {
  return {{"Organisation", {{"Identifiant", "Libellé"}, {"X", "X1"}, {"Y", "Y1"}}},
          {"Activités", {{"Identifiant", "Libellé"}, {"T", "Titres"}}},
          {"Rôles",
           {{"Activité", "Lettre", "Entité", "Poste"},
            {"T", of_first, "X", "Chef"},
            {"T", of_second, "Y", ""}}}};
}

std::string roles_of(const Imported& imported) {
  const std::string text = text_of(imported.files, "reference/activities.yaml");
  std::string roles = text.substr(std::min(text.find("raci:"), text.size()));
  roles.erase(std::remove(roles.begin(), roles.end(), ' '), roles.end());
  std::replace(roles.begin(), roles.end(), '\n', ' ');
  return roles;
}

TEST(Workbook, WhichLetterMeansRendCompteIsAnOption) {
  const std::string usual = "raci: A: -unit:X role:Chef R: -Y ";
  EXPECT_EQ(roles_of(import_reference_bytes(bytes_of(letters("A", "R"))).value()), usual);
  EXPECT_EQ(roles_of(import_reference_bytes(bytes_of(letters("Rend compte", "réalise"))).value()),
            usual);
  ImportOptions swapped;
  swapped.accountable_letter = 'R';
  EXPECT_EQ(roles_of(import_reference_bytes(bytes_of(letters("R", "A")), swapped).value()), usual);
  const auto asked = import_reference_bytes(bytes_of(letters("P", "R")));
  ASSERT_TRUE(asked.ok());
  EXPECT_THAT(asked->report.unclear_letters, testing::ElementsAre('P'));
  EXPECT_TRUE(has_note(asked->report, Kind::kSkipped, "Rôles", 2, "'P'"));
  ImportOptions answered;
  answered.accountable_letter = 'P';
  const auto again = import_reference_bytes(bytes_of(letters("P", "R")), answered);
  EXPECT_EQ(roles_of(*again), usual);
  EXPECT_TRUE(again->report.unclear_letters.empty());
}

TEST(Workbook, ColumnsAreMappedOnceAndRemembered) {
  const std::string bytes =
      bytes_of({{"Politiques", {{"Truc", "Libellé", "Codes"}, {"P1", "Sport", "40"}}}});
  const auto first = import_reference_bytes(bytes);
  ASSERT_TRUE(first.ok());
  const std::string columns = text_of(first->files, "reference/columns.csv");
  EXPECT_EQ(columns,
            "sheet;column;field\nPolitiques;Truc;keep\nPolitiques;Libellé;label.fr\n"
            "Politiques;Codes;codes\n");
  ImportOptions options;
  options.remembered_columns = "sheet;column;field\nPolitiques;Truc;id\nPolitiques;Codes;keep\n";
  const auto second = import_reference_bytes(bytes, options);
  ASSERT_TRUE(second.ok());
  EXPECT_THAT(text_of(second->files, "reference/policies.yaml"), testing::HasSubstr("P1:\n"));
  EXPECT_THAT(text_of(second->files, "reference/policies.yaml"),
              testing::Not(testing::HasSubstr("codes")));
}

TEST(Workbook, TheDatesThatPeopleTypeAreRead) {
  EXPECT_EQ(date_text("31/01/2026"), "2026-01-31");
  EXPECT_EQ(date_text("1/2/2026"), "2026-02-01");
  EXPECT_EQ(date_text("2026-01-31T00:00:00"), "2026-01-31");
  EXPECT_FALSE(date_text("31/02/2026"));
  EXPECT_FALSE(date_text("printemps"));
}

TEST(Workbook, AListInACellReadsBack) {
  std::mt19937 random(7);
  const std::string alphabet = "ab;\" \n,é";
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> items(random() % 4);
    for (std::string& item : items) {
      for (std::size_t size = random() % 6; size > 0; --size) {
        item.push_back(alphabet[random() % 7]);
      }
    }
    EXPECT_EQ(split_list(join_list(items)), items) << join_list(items);
  }
}

TEST(Workbook, WhatIsNoneIsRefused) {
  EXPECT_EQ(import_reference_bytes("not a workbook").status().code(),
            absl::StatusCode::kInvalidArgument);
  const auto other = import_reference_bytes(bytes_of({{"Feuil1", {{"a"}, {"b"}}}}));
  EXPECT_EQ(other.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(base::message_of(other.status()), testing::HasSubstr("Processus"));
}

TEST(Workbook, TheSideFilesOfAFolderAreFound) {
  std::string path = (std::filesystem::temp_directory_path() / "passerelle-kept-XXXXXX").string();
  ASSERT_NE(::mkdtemp(path.data()), nullptr);
  ASSERT_TRUE(write_files(path, {{"reference/keys.csv", "Clé\n"}}).ok());
  const auto kept = read_kept(path);
  std::filesystem::remove_all(path);
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(*kept, (std::vector<ModelFile>{{"reference/keys.csv", "Clé\n"}}));
}

}  // namespace
}  // namespace passerelle::steering
