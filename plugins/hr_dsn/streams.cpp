#include "plugins/hr_dsn/streams.h"

namespace passerelle::hr_dsn {
namespace {

using T = sdk::FieldType;

enum AssignmentField : std::size_t {
  kAgent,
  kContract,
  kEmployer,
  kGrade,
  kJob,
  kFrom,
  kTo,
  kFte,
  kDays,
};

enum PayrollField : std::size_t {
  kPayAgent,
  kPayContract,
  kPayEmployer,
  kPayGrade,
  kPayJob,
  kPayFrom,
  kPayTo,
  kGross,
  kNet,
};

enum AbsenceField : std::size_t { kAbsentAgent, kFamily, kAbsentFrom, kAbsentTo, kAbsentDays };

sdk::Field field(std::string name, T type, std::string fr, std::string en) {
  return {std::move(name), type, 0, "", "", std::move(fr), std::move(en)};
}
sdk::Field agent() {
  return {"agent", T::kPerson, 0, "", "matricule", "S21.G00.30.019", "agent (matricule)"};
}
sdk::Field euros(std::string name, std::string fr, std::string en) {
  return {std::move(name), T::kDecimal, 2, "EUR", "", std::move(fr), std::move(en)};
}
sdk::Field days() {
  return {"days", T::kInteger, 0, "day", "", "jours calendaires", "calendar days"};
}

void set_known(sdk::StreamWriter& out, std::size_t index, std::string_view text) {
  if (!text.empty()) out.set(index, text);
}

}  // namespace

std::vector<sdk::Stream> streams() {
  const std::string version =
      "order number of the declaration (S20.G00.05.004), then the read number";
  const std::vector<sdk::Field> assignment = {
      agent(),
      field("contract", T::kString, "S21.G00.40.009", "contract number"),
      field("employer", T::kString, "SIRET (S21.G00.06.001, 11.001, 41.012)", "SIRET"),
      field("grade", T::kString, "S21.G00.40.079", "grade"),
      field("job", T::kString, "S21.G00.40.006", "job"),
      field("from", T::kDate, "du", "from"),
      field("to", T::kDate, "au", "to"),
      {"fte", T::kDecimal, 4, "ETP", "", "quotité (S21.G00.40.013, 012, 054, 055)", "quota"},
      days()};
  const std::vector<sdk::Field> payroll = {
      agent(),
      field("contract", T::kString, "S21.G00.51.010", "contract number"),
      field("employer", T::kString, "SIRET (S21.G00.06.001, 11.001)", "SIRET"),
      field("grade", T::kString, "S21.G00.40.079", "grade"),
      field("job", T::kString, "S21.G00.40.006", "job"),
      field("from", T::kDate, "premier jour du mois déclaré", "first day of the month"),
      field("to", T::kDate, "dernier jour du mois déclaré", "last day of the month"),
      euros("gross", "brut (S21.G00.51.013 de type 001)", "gross pay"),
      euros("net", "net versé (S21.G00.50.004)", "net paid")};
  const std::vector<sdk::Field> absence = {
      agent(), field("family", T::kString, "famille d'absence", "absence family"),
      field("from", T::kDate, "du", "from"), field("to", T::kDate, "au", "to"), days()};
  return {{std::string(kPayroll), "payroll", payroll, version},
          {std::string(kAssignment), "assignment", assignment, version},
          {std::string(kAbsence), "absence", absence, version}};
}

void write(sdk::StreamWriter& out, const std::string& id, const Assignment& row,
           const RowContext& context) {
  out.begin(id, context.version, context.line);
  out.set(kAgent, context.person);
  set_known(out, kContract, row.number);
  out.set(kEmployer, row.employer);
  set_known(out, kGrade, row.grade);
  set_known(out, kJob, row.job);
  out.set_number(kFrom, row.from);
  out.set_number(kTo, row.to);
  if (row.fte) out.set_number(kFte, *row.fte);
  out.set_number(kDays, row.days);
  out.end();
}

void write(sdk::StreamWriter& out, const std::string& id, const Payroll& row,
           const RowContext& context) {
  out.begin(id, context.version, context.line);
  out.set(kPayAgent, context.person);
  set_known(out, kPayContract, row.contract.number);
  out.set(kPayEmployer, context.declaration.siret);
  set_known(out, kPayGrade, row.grade);
  set_known(out, kPayJob, row.job);
  out.set_number(kPayFrom, context.declaration.first_day);
  out.set_number(kPayTo, context.declaration.last_day);
  if (row.gross) out.set_number(kGross, *row.gross);
  if (row.net) out.set_number(kNet, *row.net);
  out.end();
}

void write(sdk::StreamWriter& out, const std::string& id, const Absence& row,
           const RowContext& context) {
  out.begin(id, context.version, context.line);
  out.set(kAbsentAgent, context.person);
  out.set(kFamily, row.family);
  out.set_number(kAbsentFrom, row.from);
  out.set_number(kAbsentTo, row.to);
  out.set_number(kAbsentDays, row.to - row.from + 1);
  out.end();
}

}  // namespace passerelle::hr_dsn
