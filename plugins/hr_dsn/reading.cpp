#include "plugins/hr_dsn/reading.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "core/base/text.h"
#include "core/formats/byte_source.h"
#include "plugins/hr_dsn/streams.h"
#include "plugins/hr_dsn/survey.h"

namespace passerelle::hr_dsn {
namespace {

// Individuals between two checkpoints inside a declaration.
constexpr std::uint64_t kCheckpointIndividuals = 500;
// The ledger's name for the last day the streams are complete to.
constexpr const char* kCompleteTo = "complete_to";

// Where a half-read file goes on: parts (establishments of declarations) that are done, and
// individuals of the next one.
struct Resume {
  std::uint64_t parts = 0;
  std::uint64_t individuals = 0;
  std::optional<std::int64_t> version;  // of the scope that is open; none: not begun

  static Resume parse(std::string_view text) {
    Resume resume;
    const std::vector<std::string_view> words = base::split(text, ' ');
    const auto number = [](std::string_view word, auto* value) {
      return std::from_chars(word.data(), word.data() + word.size(), *value).ec == std::errc();
    };
    if (words.size() < 2 || !number(words[0], &resume.parts) ||
        !number(words[1], &resume.individuals)) {
      return {};
    }
    std::int64_t version = 0;
    if (words.size() == 3 && number(words[2], &version)) resume.version = version;
    return resume;
  }
  std::string text() const {
    return std::to_string(parts) + " " + std::to_string(individuals) +
           (version ? " " + std::to_string(*version) : "");
  }
};

std::vector<std::string> all_streams() {
  return {std::string(kPayroll), std::string(kAssignment), std::string(kAbsence)};
}

sdk::Reject reject_of(const Fault& fault, const std::string& file, std::uint64_t records) {
  const std::string place = fault.line == 0 ? file : file + ":" + std::to_string(fault.line);
  return {"",          place,        fault.rule,   fault.field,
          fault.value, fault.reason, fault.remedy, std::max<std::uint64_t>(records, 1)};
}

class Reading {
 public:
  Reading(const Settings& settings, std::string_view checkpoint, sdk::Output& out)
      : settings_(settings), out_(out), ledger_(sdk::FileLedger::parse(checkpoint)) {}

  Status run();

  sdk::Output& out() { return out_; }
  sdk::FileLedger& ledger() { return ledger_; }
  const std::string& file_name() const { return file_.name; }
  // Notes how far the current file came, and gives the state to the hub.
  void remember(bool done, const std::string& resume);

 private:
  Status read_file(const sdk::FoundFile& file);
  void refuse(const Fault& fault, std::uint64_t records, const std::optional<Declaration>& sample);

  const Settings& settings_;
  sdk::Output& out_;
  sdk::FileLedger ledger_;
  sdk::FoundFile file_;  // the one being read
  base::Hash128 digest_;
};

// Sends the declarations of the sendings that are whole, from where an earlier read stopped.
class SendingVisitor final : public DeclarationVisitor {
 public:
  SendingVisitor(Reading& reading, Survey& survey, Resume resume)
      : reading_(reading), survey_(survey), resume_(resume), out_(reading.out()) {}

  Status on_begin(const RawDeclaration& raw) override {
    part_ = raw.ordinal;
    seen_ = 0;
    is_sent_ = false;
    declaration_.reset();
    version_.reset();
    if (raw.sending >= survey_.sendings.size() || survey_.sendings[raw.sending].sending.fault) {
      return {};
    }
    declaration_ = std::get<Declaration>(convert_header(raw));
    if (declaration_->nature == Nature::kOther || part_ < resume_.parts) return {};
    is_sent_ = true;  // ends of contracts are decided one by one
    if (declaration_->nature == Nature::kContractEnd) return {};
    const std::string scope = declaration_->scope();
    version_ = part_ == resume_.parts ? resume_.version : std::nullopt;
    if (!version_) version_ = reading_.ledger().next_version(scope, declaration_->order);
    is_sent_ = version_.has_value();
    if (is_sent_) open(scope);
    return {};
  }

  Status on_individual(const RawDeclaration&, const RawIndividual& raw) override {
    if (!declaration_ || declaration_->nature == Nature::kOther) return {};
    auto converted = convert_individual(raw, *declaration_);
    Converted* rows = std::get_if<Converted>(&converted);
    // The ordinals of what was sent before count too.
    std::vector<Numbered> contracts;
    if (rows != nullptr) contracts = number(*rows);
    ++seen_;
    if (!is_sent_ || (part_ == resume_.parts && seen_ <= resume_.individuals)) return {};
    if (declaration_->cancels) {
      if (declaration_->nature == Nature::kContractEnd) cancel_ends(contracts);
    } else if (rows == nullptr) {
      sdk::Reject reject = reject_of(std::get<Fault>(converted), reading_.file_name(), 1);
      reject.key = declaration_->scope();
      out_.stream(kAssignment).reject(std::move(reject));
    } else {
      send(*rows, contracts, raw.line);
    }
    if (seen_ % kCheckpointIndividuals == 0) {
      reading_.remember(false, Resume{part_, seen_, version_}.text());
      out_.progress(seen_, survey_.individuals, reading_.file_name());
    }
    return out_.cancelled() ? base::cancelled("the hub cancelled the read") : Status();
  }

  Status on_end(const RawDeclaration&) override {
    if (!is_sent_) return {};
    if (declaration_->nature == Nature::kMonthly) {
      out_.close_scope();
      scope_is_open_ = false;
      reading_.ledger().set_newest(declaration_->scope(), *version_);
      complete();
    }
    reading_.remember(false, Resume{part_ + 1, 0, std::nullopt}.text());
    return out_.cancelled() ? base::cancelled("the hub cancelled the read") : Status();
  }

  Status on_sending(const Sending&) override { return {}; }

  bool scope_is_open() const { return scope_is_open_; }

 private:
  // A contract with its ordinal among those of the declaration that share number and start.
  struct Numbered {
    ContractKey key;
    std::uint32_t ordinal;
  };

  std::vector<Numbered> number(const Converted& rows) {
    std::vector<Numbered> out;
    for (ContractKey& key : contracts_of(rows)) {
      const std::uint32_t ordinal = survey_.contracts.ordinal(contract_hash(*declaration_, key));
      out.push_back({std::move(key), ordinal});
    }
    return out;
  }

  void open(const std::string& scope) {
    out_.open_scope(scope, all_streams(), sdk::Visibility::kAtClose, true, *version_);
    scope_is_open_ = true;
  }

  std::string id_of(const ContractKey& contract, const std::vector<Numbered>& contracts) const {
    std::uint32_t ordinal = 1;
    for (const Numbered& candidate : contracts) {
      if (candidate.key == contract) ordinal = candidate.ordinal;
    }
    const bool is_monthly = declaration_->nature == Nature::kMonthly;
    return declaration_->siret + "/" +
           (is_monthly ? declaration_->month() + "/" + declaration_->fraction : "07") + "/" +
           contract.text() + "#" + std::to_string(ordinal);
  }

  void send(const Converted& rows, const std::vector<Numbered>& contracts, std::uint64_t line) {
    RowContext context{rows.person, *declaration_, version_.value_or(0), line};
    if (declaration_->nature == Nature::kContractEnd) {
      for (const Assignment& row : rows.assignments) send_end(row, contracts, context);
      return;
    }
    std::size_t ordinal = 0;
    for (const Assignment& row : rows.assignments) {
      write(out_.stream(kAssignment),
            id_of(row.contract, contracts) + "/" + std::to_string(++ordinal), row, context);
    }
    for (const Payroll& row : rows.payrolls) {
      write(out_.stream(kPayroll), id_of(row.contract, contracts), row, context);
    }
    ordinal = 0;
    for (const Absence& row : rows.absences) {
      write(out_.stream(kAbsence), id_of(row.contract, contracts) + "/" + std::to_string(++ordinal),
            row, context);
    }
  }

  // Each end is a scope of its own: signals of one establishment do not replace each other.
  void send_end(const Assignment& row, const std::vector<Numbered>& contracts, RowContext context) {
    if (!open_end(row.contract)) return;
    context.version = *version_;
    write(out_.stream(kAssignment), id_of(row.contract, contracts), row, context);
    close_end(row.contract);
  }

  void cancel_ends(const std::vector<Numbered>& contracts) {
    for (const Numbered& contract : contracts) {
      if (open_end(contract.key)) close_end(contract.key);
    }
  }

  bool open_end(const ContractKey& contract) {
    const std::string scope = scope_of_end(*declaration_, contract);
    version_ = reading_.ledger().next_version(scope, declaration_->order);
    if (version_) open(scope);
    return version_.has_value();
  }

  void close_end(const ContractKey& contract) {
    out_.close_scope();
    scope_is_open_ = false;
    reading_.ledger().set_newest(scope_of_end(*declaration_, contract), *version_);
    version_.reset();
  }

  void complete() {
    if (declaration_->last_day <= reading_.ledger().newest(kCompleteTo)) return;
    reading_.ledger().set_newest(kCompleteTo, declaration_->last_day);
    for (const std::string& stream : all_streams()) {
      out_.complete_to(stream, declaration_->last_day);
    }
  }

  Reading& reading_;
  Survey& survey_;
  const Resume resume_;
  sdk::Output& out_;
  std::optional<Declaration> declaration_;
  std::optional<std::int64_t> version_;  // of the open scope
  std::uint64_t part_ = 0;
  std::uint64_t seen_ = 0;
  bool is_sent_ = false;
  bool scope_is_open_ = false;
};

Status Reading::run() {
  PAS_ASSIGN_OR_RETURN(const std::vector<sdk::FoundFile> files,
                       sdk::find_files(settings_.paths, settings_.folder));
  ledger_.keep_only(files);
  Status first_failure;
  std::uint64_t done = 0;
  for (const sdk::FoundFile& file : files) {
    out_.progress(done++, files.size(), file.name);
    if (ledger_.is_consumed(file, 0)) continue;
    const Status outcome = read_file(file);
    if (out_.cancelled()) return {};
    // A file that went away between the listing and now is no failure.
    if (outcome.code() == absl::StatusCode::kNotFound) continue;
    if (!outcome.ok() && first_failure.ok()) first_failure = outcome;
  }
  return first_failure;
}

void Reading::remember(bool done, const std::string& resume) {
  ledger_.set(file_.path, {file_.bytes, file_.modified_ns, digest_, 0, done, done ? "" : resume});
  out_.checkpoint(ledger_.text());
}

// As one unit; what an earlier declaration of the month brought stays.
void Reading::refuse(const Fault& fault, std::uint64_t records,
                     const std::optional<Declaration>& sample) {
  sdk::Reject cause = reject_of(fault, file_.name, records);
  if (!sample || sample->nature != Nature::kMonthly) {
    out_.stream(kPayroll).reject(std::move(cause));
    return;
  }
  cause.key = sample->scope();
  out_.open_scope(sample->scope(), all_streams(), sdk::Visibility::kAtClose, true, sample->order);
  out_.abort_scope(std::move(cause));
}

Status Reading::read_file(const sdk::FoundFile& file) {
  file_ = file;
  Survey survey;
  PAS_RETURN_IF_ERROR(survey_file(file.path, &survey));
  digest_ = survey.digest;
  const sdk::FileState* known = ledger_.find(file.path);
  const bool is_same = known != nullptr && known->digest == digest_;
  if (is_same && known->done) {  // only its time changed
    remember(true, "");
    return {};
  }
  const Resume resume = is_same ? Resume::parse(known->resume) : Resume{};
  if (survey.fault) {
    refuse(*survey.fault, survey.individuals,
           survey.sendings.empty() ? std::nullopt : survey.sendings.back().sample);
    remember(true, "");
    return {};
  }
  // Told first, and once: a resumed read has told them before.
  for (const SurveyedSending& each : survey.sendings) {
    if (each.sending.fault && !is_same) {
      refuse(*each.sending.fault, each.sending.individuals, each.sample);
    }
  }
  if (!is_same) remember(false, resume.text());
  if (out_.cancelled()) return {};
  PAS_ASSIGN_OR_RETURN(auto opened, formats::open_file(file.path));
  formats::HashingSource hashing(std::move(opened));
  SendingVisitor visitor(*this, survey, resume);
  std::optional<Fault> fault;
  const Status outcome = scan_file(hashing, visitor, &fault);
  if (out_.cancelled()) return {};
  if (outcome.ok() && hashing.digest() == digest_) {
    remember(true, "");
    return {};
  }
  if (visitor.scope_is_open()) {
    out_.abort_scope({"", file.name, "DSN-CHANGED", "", "",
                      "the file was changed while it was read",
                      "it is read again at the next run; write files beside the folder and move "
                      "them in when they are whole"});
  }
  return base::unavailable(file.name + ": the file was changed while it was read");
}

}  // namespace

Status read_declarations(const Settings& settings, std::string_view checkpoint, sdk::Output& out) {
  return Reading(settings, checkpoint, out).run();
}

}  // namespace passerelle::hr_dsn
