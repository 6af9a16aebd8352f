#include "plugins/finance_totem/reading.h"

#include <charconv>
#include <optional>
#include <utility>

#include "core/base/text.h"
#include "core/formats/byte_source.h"
#include "plugins/finance_totem/streams.h"

namespace passerelle::finance_totem {
namespace {

// Records between two checkpoints inside a file.
constexpr std::uint64_t kCheckpointRecords = 1'000;

enum class Part { kLines, kStaff };

// Where a half-read file goes on: "lines 3000 VERSION" or "staff 0 VERSION".
struct Resume {
  Part part = Part::kLines;
  std::uint64_t done = 0;
  std::optional<std::int64_t> version;  // of the scope that is open; none: not begun

  static Resume parse(std::string_view text) {
    Resume resume;
    const std::vector<std::string_view> words = base::split(text, ' ');
    const auto number = [](std::string_view word, auto* value) {
      return std::from_chars(word.data(), word.data() + word.size(), *value).ec == std::errc();
    };
    std::int64_t version = 0;
    if (words.size() != 3 || !number(words[1], &resume.done) || !number(words[2], &version)) {
      return {};
    }
    resume.version = version;
    if (words[0] == "staff") resume.part = Part::kStaff;
    return resume;
  }
  std::string text() const {
    return (part == Part::kStaff ? "staff " : "lines ") + std::to_string(done) + " " +
           std::to_string(version.value_or(0));
  }
};

// "XML 12:34: ..." -> "12:34".
std::string place_in(std::string_view message) {
  if (!message.starts_with("XML ")) return "";
  message.remove_prefix(4);
  return std::string(message.substr(0, message.find(": ")));
}

sdk::Reject reject_of(Refusal refusal, std::string key, std::string position) {
  return {std::move(key),           std::move(position),      std::move(refusal.rule),
          std::move(refusal.field), std::move(refusal.value), std::move(refusal.reason),
          std::move(refusal.remedy)};
}

class Reading {
 public:
  Reading(const Settings& settings, std::string_view checkpoint, sdk::Output& out)
      : settings_(settings), out_(out), ledger_(sdk::FileLedger::parse(checkpoint)) {}

  Status run();

  sdk::Output& out() { return out_; }
  // Notes how far the current file came, and gives the state to the hub.
  void remember(bool done, const std::string& resume);

 private:
  Status read_file(const sdk::FoundFile& file);
  void refuse_file(const Survey& survey, sdk::Reject cause);
  Status send(Survey& survey, const Document& document, Resume resume);
  Status send_part(Survey& survey, const Document& document, const Chart* chart, Resume from);

  const Settings& settings_;
  sdk::Output& out_;
  sdk::FileLedger ledger_;
  ChartShelf charts_;
  sdk::FoundFile file_;  // the one being read
  base::Hash128 digest_;
};

std::string lines_scope(const Document& document) { return "totem:" + document.id(); }

// The latest document that holds the annex says what the staff of the exercise is, so that a BP,
// its DMs and the CA never add up.
std::string staff_scope(const Document& document) {
  return "totem-staff:" + document.siret + "/" + std::to_string(document.exercise);
}

// Sends one part of a document: the lines or the staff positions that were not sent yet.
class PartVisitor final : public DocumentVisitor {
 public:
  PartVisitor(Reading& reading, const std::string& file, Survey& survey, const Document& document,
              const Chart* chart, Resume from)
      : reading_(reading),
        file_(file),
        survey_(survey),
        document_(document),
        chart_(chart),
        from_(from),
        out_(reading.out().stream(from.part == Part::kLines ? kLines : kStaff)) {}

  Status on_line(const RawLine& line) override {
    if (from_.part != Part::kLines || line.is_calculated) return {};
    key_.clear();
    append_line_key(line, &key_);
    // Counted for the lines passed over too.
    key_ += '#' + std::to_string(survey_.line_keys.ordinal(base::hash64(key_)));
    if (++seen_ <= from_.done) return {};
    auto converted = convert_line(line, document_, chart_);
    if (auto* refusal = std::get_if<Refusal>(&converted)) {
      out_.reject(reject_of(std::move(*refusal), document_.id() + "/" + key_, place(line.line)));
    } else {
      write_line(out_, key_, line, std::get<BudgetLine>(converted), document_);
    }
    return after_record();
  }

  Status on_position(const RawPosition& position) override {
    if (from_.part != Part::kStaff) return {};
    const base::Hash128 content = content_of(position);
    const std::uint32_t ordinal = survey_.position_keys.ordinal(content.low);
    if (++seen_ <= from_.done) return {};
    const std::string id = document_.siret + "/" + std::to_string(document_.exercise) + "/" +
                           base::to_hex(content) + "/" + std::to_string(ordinal);
    auto converted = convert_position(position);
    if (auto* refusal = std::get_if<Refusal>(&converted)) {
      out_.reject(reject_of(std::move(*refusal), id, place(position.line)));
    } else {
      write_position(out_, id, position, std::get<StaffPosition>(converted), document_);
    }
    return after_record();
  }

 private:
  std::string place(std::uint64_t line) const { return file_ + ":" + std::to_string(line); }

  Status after_record() {
    if (seen_ % kCheckpointRecords == 0) {
      const std::uint64_t total = from_.part == Part::kLines ? survey_.lines : survey_.positions;
      reading_.remember(false, Resume{from_.part, seen_, from_.version}.text());
      reading_.out().progress(seen_, total, file_);
    }
    return reading_.out().cancelled() ? base::cancelled("the hub cancelled the read") : Status();
  }

  Reading& reading_;
  const std::string& file_;
  Survey& survey_;
  const Document& document_;
  const Chart* chart_;
  const Resume from_;
  sdk::StreamWriter& out_;
  std::string key_;
  std::uint64_t seen_ = 0;
};

Status Reading::run() {
  PAS_ASSIGN_OR_RETURN(charts_, ChartShelf::open(settings_.charts, settings_.folder));
  PAS_ASSIGN_OR_RETURN(const std::vector<sdk::FoundFile> files,
                       sdk::find_files(settings_.paths, settings_.folder));
  ledger_.keep_only(files);
  Status first_failure;
  std::uint64_t done = 0;
  for (const sdk::FoundFile& file : files) {
    out_.progress(done++, files.size(), file.name);
    if (ledger_.is_consumed(file, charts_.fingerprint())) continue;
    const Status outcome = read_file(file);
    if (out_.cancelled()) return {};
    // A file that went away between the listing and now is no failure.
    if (outcome.code() == absl::StatusCode::kNotFound) continue;
    if (!outcome.ok() && first_failure.ok()) first_failure = outcome;
  }
  return first_failure;
}

void Reading::remember(bool done, const std::string& resume) {
  ledger_.set(file_.path, {file_.bytes, file_.modified_ns, digest_, charts_.fingerprint(), done,
                           done ? "" : resume});
  out_.checkpoint(ledger_.text());
}

// INVALID_ARGUMENT is about the content and refuses the file; other codes are about reaching it.
Status Reading::read_file(const sdk::FoundFile& file) {
  file_ = file;
  Survey survey;
  const Status scanned = survey_document(file.path, &survey);
  if (!scanned.ok() && scanned.code() != absl::StatusCode::kInvalidArgument) return scanned;
  digest_ = survey.digest;
  const sdk::FileState* known = ledger_.find(file.path);
  const bool is_same =
      known != nullptr && known->digest == digest_ && known->context == charts_.fingerprint();
  if (is_same && known->done) {  // only its time changed
    remember(true, "");
    return {};
  }
  if (!scanned.ok()) {
    const std::string message = base::message_of(scanned);
    const std::string place = place_in(message);
    refuse_file(survey,
                {"", file.name + (place.empty() ? "" : ":" + place), "TOTEM-XML", "", "", message,
                 "nothing of the file was taken; export the document again or copy the "
                 "file again in full"});
    return {};
  }
  auto converted = convert_header(survey.header, survey.carried_known);
  if (auto* refusal = std::get_if<Refusal>(&converted)) {
    refuse_file(survey, reject_of(std::move(*refusal), survey.header.siret, file.name));
    return {};
  }
  const Resume resume = is_same ? Resume::parse(known->resume) : Resume{};
  return send(survey, std::get<Document>(converted), resume);
}

// As one unit: what the document's scope held before stays.
void Reading::refuse_file(const Survey& survey, sdk::Reject cause) {
  const auto converted = convert_header(survey.header, true);
  cause.records = survey.lines + survey.positions;
  if (cause.records == 0) cause.records = 1;
  if (const auto* document = std::get_if<Document>(&converted)) {
    cause.key = document->id();
    out_.open_scope(lines_scope(*document), {std::string(kLines)}, sdk::Visibility::kAtClose, true,
                    document->version);
    out_.abort_scope(std::move(cause));
  } else {
    out_.stream(kLines).reject(std::move(cause));
  }
  remember(true, "");
}

Status Reading::send(Survey& survey, const Document& document, Resume resume) {
  PAS_ASSIGN_OR_RETURN(const Chart* chart,
                       charts_.find(document.nomenclature, static_cast<int>(document.exercise)));
  // An older export of a document that is known in a newer one changes nothing.
  if (resume.part == Part::kLines) {
    const std::string scope = lines_scope(document);
    if (!resume.version) resume.version = ledger_.next_version(scope, document.version);
    if (resume.version) {
      PAS_RETURN_IF_ERROR(send_part(survey, document, chart, resume));
      ledger_.set_newest(scope, *resume.version);
    }
    resume = {Part::kStaff, 0, std::nullopt};
  }
  const std::string scope = staff_scope(document);
  if (survey.positions > 0) {
    if (!resume.version) {
      resume.version = ledger_.next_version(scope, document.version);
      if (resume.version) remember(false, resume.text());
      if (out_.cancelled()) return {};
    }
    if (resume.version) {
      PAS_RETURN_IF_ERROR(send_part(survey, document, chart, resume));
      ledger_.set_newest(scope, *resume.version);
    }
  }
  remember(true, "");
  return {};
}

Status Reading::send_part(Survey& survey, const Document& document, const Chart* chart,
                          Resume from) {
  const bool is_lines = from.part == Part::kLines;
  Document versioned = document;
  versioned.version = *from.version;
  PAS_ASSIGN_OR_RETURN(auto opened, formats::open_file(file_.path));
  formats::HashingSource hashing(std::move(opened));
  out_.open_scope(is_lines ? lines_scope(document) : staff_scope(document),
                  {std::string(is_lines ? kLines : kStaff)}, sdk::Visibility::kAtClose, true,
                  versioned.version);
  PartVisitor visitor(*this, file_.name, survey, versioned, chart, from);
  DocumentHeader again;
  const Status outcome = scan_document(std::make_unique<BorrowedSource>(hashing), &again, visitor);
  if (out_.cancelled()) return base::cancelled("the hub cancelled the read");
  if (outcome.ok() && hashing.digest() == digest_) {
    out_.close_scope();
    return {};
  }
  out_.abort_scope({document.id(), file_.name, "TOTEM-CHANGED", "", "",
                    "the file was changed while it was read",
                    "it is read again at the next run; write files beside the folder and move "
                    "them in when they are whole"});
  return base::unavailable(file_.name + ": the file was changed while it was read");
}

}  // namespace

Status read_documents(const Settings& settings, std::string_view checkpoint, sdk::Output& out) {
  return Reading(settings, checkpoint, out).run();
}

}  // namespace passerelle::finance_totem
