#include "plugins/hr_dsn/survey.h"

#include <utility>

#include "core/formats/byte_source.h"

namespace passerelle::hr_dsn {
namespace {

class SurveyVisitor final : public DeclarationVisitor {
 public:
  explicit SurveyVisitor(Survey* survey) : survey_(*survey) {}

  Status on_begin(const RawDeclaration& raw) override {
    auto converted = convert_header(raw);
    if (Fault* fault = std::get_if<Fault>(&converted)) {
      if (!fault_) fault_ = std::move(*fault);
      declaration_.reset();
      return {};
    }
    declaration_ = std::get<Declaration>(std::move(converted));
    if (!sample_) sample_ = declaration_;
    return {};
  }

  Status on_individual(const RawDeclaration&, const RawIndividual& raw) override {
    ++survey_.individuals;
    if (!declaration_ || declaration_->nature == Nature::kOther) return {};
    const auto converted = convert_individual(raw, *declaration_);
    if (const Converted* rows = std::get_if<Converted>(&converted)) {
      for (const ContractKey& contract : contracts_of(*rows)) {
        survey_.contracts.note(contract_hash(*declaration_, contract));
      }
    }
    return {};
  }

  Status on_end(const RawDeclaration&) override { return {}; }

  Status on_sending(const Sending& sending) override {
    SurveyedSending surveyed{sending, std::exchange(sample_, std::nullopt)};
    // A broken line or total explains a broken header, not the other way round.
    if (!surveyed.sending.fault) surveyed.sending.fault = std::move(fault_);
    fault_.reset();
    survey_.sendings.push_back(std::move(surveyed));
    return {};
  }

  std::optional<Declaration> sample() const { return sample_; }

 private:
  Survey& survey_;
  std::optional<Declaration> declaration_;
  std::optional<Declaration> sample_;
  std::optional<Fault> fault_;
};

}  // namespace

std::uint64_t contract_hash(const Declaration& declaration, const ContractKey& contract) {
  return base::hash64(declaration.scope() + "|" + contract.text());
}

Status survey_file(const std::string& path, Survey* survey) {
  PAS_ASSIGN_OR_RETURN(auto file, formats::open_file(path));
  formats::HashingSource hashing(std::move(file));
  SurveyVisitor visitor(survey);
  const Status scanned = scan_file(hashing, visitor, &survey->fault);
  if (!scanned.ok() && scanned.code() != absl::StatusCode::kInvalidArgument) return scanned;
  if (!scanned.ok()) {
    survey->fault = Fault{"DSN-TEXT",
                          "",
                          "",
                          base::message_of(scanned),
                          "a DSN is text in UTF-8 or ISO-8859-1; copy the file again",
                          0};
    // What was not read belongs to the digest too.
    char buffer[32 << 10];
    for (auto got = hashing.read(buffer, sizeof buffer); got.ok() && *got > 0;) {
      got = hashing.read(buffer, sizeof buffer);
    }
  }
  // A cut file ends inside a sending, whose declaration may be known.
  if (survey->fault && visitor.sample()) survey->sendings.push_back({{}, visitor.sample()});
  survey->digest = hashing.digest();
  return {};
}

}  // namespace passerelle::hr_dsn
