#include "plugins/hr_dsn/source.h"

#include <utility>

#include "core/base/text.h"

namespace passerelle::hr_dsn {
namespace {

// Rubrics of one individual; the norm's blocks never come near.
constexpr std::size_t kIndividualRubricsMax = 100'000;
constexpr std::string_view kExportAgain =
    "nothing of it was taken; export the declaration again from the payroll system";

constexpr int segment_of(RubricCode code) { return static_cast<int>(code / 10'000'000); }
constexpr RubricCode kSendingStart = rubric(10, 0, 0, 1);
constexpr RubricCode kDeclaration = block_of(rubric(20, 0, 5, 0));
constexpr RubricCode kCompany = block_of(rubric(21, 0, 6, 0));
constexpr RubricCode kEstablishment = block_of(rubric(21, 0, 11, 0));
constexpr RubricCode kIndividual = block_of(rubric(21, 0, 30, 0));
constexpr RubricCode kContractBlock = block_of(rubric(21, 0, 40, 0));
constexpr RubricCode kChange = block_of(rubric(21, 0, 41, 0));
constexpr RubricCode kPayment = block_of(rubric(21, 0, 50, 0));
constexpr RubricCode kPay = block_of(rubric(21, 0, 51, 0));
constexpr RubricCode kStop = block_of(rubric(21, 0, 60, 0));
constexpr RubricCode kContractEnd = block_of(rubric(21, 0, 62, 0));
constexpr RubricCode kSuspension = block_of(rubric(21, 0, 65, 0));
constexpr RubricCode kTotals = block_of(rubric(90, 0, 90, 0));
constexpr RubricCode kLotCount = rubric(95, 51, 0, 2);

Fault fault_at(std::uint64_t line, std::string_view rule, std::string_view field,
               std::string_view value, std::string reason) {
  return {std::string(rule), std::string(field),        std::string(value),
          std::move(reason), std::string(kExportAgain), line};
}

struct NumberedText {
  int number;
  std::string* text;
};

template <std::size_t kCount>
void put(const NumberedText (&texts)[kCount], const Rubric& rubric) {
  for (const NumberedText& candidate : texts) {
    if (candidate.number == number_of(rubric.code)) *candidate.text = rubric.value;
  }
}

class Scan {
 public:
  Scan(DeclarationVisitor& visitor, std::optional<Fault>* fault)
      : visitor_(visitor), fault_(*fault) {}

  Status run(RubricReader& reader) {
    Rubric rubric;
    for (;;) {
      PAS_ASSIGN_OR_RETURN(const bool found, reader.next(&rubric));
      if (!found) break;
      last_line_ = rubric.line;
      PAS_RETURN_IF_ERROR(take(rubric));
    }
    if (in_sending_) {
      refuse_file(fault_at(last_line_, "DSN-TRUNCATED", "S90.G00.90.001", "",
                           "the file ends before the S90 of its sending: it is truncated"));
    } else if (is_lot_ && !lot_ended_) {
      refuse_file(fault_at(last_line_, "DSN-TRUNCATED", "S95.G51.00.002", "",
                           "the lot ends before its S95: it is truncated"));
    } else if (sendings_ == 0) {
      refuse_file(fault_at(last_line_, "DSN-LINE", "S10.G00.00.001", "",
                           "the file holds no sending: no S10.G00.00.001"));
    }
    return {};
  }

 private:
  Status take(const Rubric& rubric) {
    if (rubric.is_malformed) {
      Fault fault = fault_at(rubric.line, "DSN-LINE", "", "",
                             "the line is no rubric of the form S21.G00.40.001,'value'");
      if (!in_sending_) {
        refuse_file(std::move(fault));
        return {};
      }
      ++sending_.rubrics;
      refuse_sending(std::move(fault));
      return {};
    }
    if (rubric.code == kSendingStart) return begin_sending(rubric);
    const int segment = segment_of(rubric.code);
    if (segment == 5 || segment == 6 || segment > 90) return take_envelope(rubric);
    if (!in_sending_) {
      refuse_file(fault_at(rubric.line, "DSN-LINE", "", "",
                           "a rubric stands outside of any sending (S10 to S90)"));
      return {};
    }
    ++sending_.rubrics;
    const bool is_new = block_of(rubric.code) != block_ || number_of(rubric.code) <= number_;
    block_ = block_of(rubric.code);
    number_ = number_of(rubric.code);
    if (block_ == kTotals) return take_total(rubric);
    return take_content(rubric, is_new);
  }

  Status begin_sending(const Rubric& rubric) {
    if (in_sending_) {
      refuse_sending(fault_at(rubric.line, "DSN-S90-TOTAL", "S90.G00.90.001", "",
                              "the sending has no S90 before the next one begins"));
      PAS_RETURN_IF_ERROR(end_sending());
    }
    sending_ = {};
    sending_.first_line = rubric.line;
    sending_.rubrics = 1;
    declaration_ = {};
    environment_.clear();
    in_sending_ = true;
    block_ = block_of(rubric.code);
    number_ = number_of(rubric.code);
    return {};
  }

  // S05, S06, S95, S96: around the sendings of a lot.
  Status take_envelope(const Rubric& rubric) {
    if (in_sending_) {
      refuse_sending(fault_at(rubric.line, "DSN-S90-TOTAL", "S90.G00.90.001", "",
                              "the sending has no S90 before the lot goes on"));
      PAS_RETURN_IF_ERROR(end_sending());
    }
    is_lot_ = is_lot_ || segment_of(rubric.code) == 5;
    if (rubric.code != kLotCount) return {};
    lot_ended_ = true;
    if (rubric.value != std::to_string(sendings_)) {
      refuse_file(fault_at(rubric.line, "DSN-LOT-TOTAL", "S95.G51.00.002", rubric.value,
                           "the lot announces " + std::string(rubric.value) +
                               " declarations and holds " + std::to_string(sendings_)));
    }
    return {};
  }

  Status take_total(const Rubric& rubric) {
    if (number_of(rubric.code) == 1) {
      announced_ = rubric.value;
      return {};
    }
    if (number_of(rubric.code) != 2) return {};
    PAS_RETURN_IF_ERROR(end_establishment());
    if (announced_ != std::to_string(sending_.rubrics)) {
      refuse_sending(fault_at(rubric.line, "DSN-S90-TOTAL", "S90.G00.90.001", announced_,
                              "the sending announces " + announced_ + " rubrics and holds " +
                                  std::to_string(sending_.rubrics)));
    } else if (rubric.value != std::to_string(sending_.declarations)) {
      refuse_sending(fault_at(rubric.line, "DSN-S90-TOTAL", "S90.G00.90.002", rubric.value,
                              "the sending announces " + std::string(rubric.value) +
                                  " declarations and holds " +
                                  std::to_string(sending_.declarations)));
    }
    return end_sending();
  }

  Status end_sending() {
    PAS_RETURN_IF_ERROR(end_establishment());
    in_sending_ = false;
    announced_.clear();
    ++sendings_;
    return visitor_.on_sending(sending_);
  }

  Status take_content(const Rubric& rubric, bool is_new) {
    switch (block_) {
      case block_of(rubric_environment):
        put({{5, &environment_}}, rubric);
        return {};
      case kDeclaration:
        return take_declaration(rubric, is_new);
      case kCompany:
        if (is_new) PAS_RETURN_IF_ERROR(end_establishment());
        put({{1, &declaration_.siren}}, rubric);
        return {};
      case kEstablishment:
        return take_establishment(rubric, is_new);
      case kIndividual:
        return take_individual(rubric, is_new);
      default:
        return in_individual_ ? take_of_individual(rubric, is_new) : Status();
    }
  }

  Status take_declaration(const Rubric& rubric, bool is_new) {
    if (is_new) {
      PAS_RETURN_IF_ERROR(end_establishment());
      declaration_ = {};
      declaration_.line = rubric.line;
      ++sending_.declarations;
    }
    put({{1, &declaration_.nature},
         {2, &declaration_.type},
         {3, &declaration_.fraction},
         {4, &declaration_.order},
         {5, &declaration_.month},
         {10, &declaration_.currency}},
        rubric);
    return {};
  }

  Status take_establishment(const Rubric& rubric, bool is_new) {
    if (is_new) PAS_RETURN_IF_ERROR(end_establishment());
    put({{1, &declaration_.nic}}, rubric);
    if (!is_new) return {};
    declaration_.sending = sendings_;
    declaration_.ordinal = establishments_++;
    declaration_.environment = environment_;
    in_establishment_ = true;
    return visitor_.on_begin(declaration_);
  }

  Status take_individual(const Rubric& rubric, bool is_new) {
    if (is_new) {
      PAS_RETURN_IF_ERROR(end_individual());
      individual_ = {};
      individual_.line = rubric.line;
      individual_rubrics_ = 0;
      in_individual_ = in_establishment_;
      if (!in_establishment_) {
        refuse_sending(fault_at(rubric.line, "DSN-ORDER", "S21.G00.30", "",
                                "an individual stands before any establishment"));
      }
    }
    put({{19, &individual_.matricule}}, rubric);
    return {};
  }

  Status take_of_individual(const Rubric& rubric, bool is_new) {
    if (++individual_rubrics_ > kIndividualRubricsMax) {
      refuse_sending(fault_at(
          rubric.line, "DSN-SIZE", "", "",
          "an individual has more than " + std::to_string(kIndividualRubricsMax) + " rubrics"));
      in_individual_ = false;
      return {};
    }
    std::vector<RawContract>& contracts = individual_.contracts;
    if (block_ == kContractBlock) {
      if (is_new) contracts.emplace_back();
      put_contract(contracts.back(), rubric);
      return {};
    }
    if (block_ == kPayment || block_ == kPay) {
      put_payment(rubric, is_new);
      return {};
    }
    const bool is_of_contract =
        block_ == kChange || block_ == kStop || block_ == kContractEnd || block_ == kSuspension;
    if (!is_of_contract) return {};
    if (contracts.empty()) {
      refuse_sending(fault_at(rubric.line, "DSN-ORDER", "S21.G00.40", "",
                              "a change, an absence or an end stands before any contract"));
      return {};
    }
    put_of_contract(contracts.back(), rubric, is_new);
    return {};
  }

  static void put_contract(RawContract& contract, const Rubric& rubric) {
    put({{1, &contract.start},
         {6, &contract.job},
         {9, &contract.number},
         {11, &contract.unit},
         {12, &contract.reference},
         {13, &contract.quota},
         {14, &contract.modality},
         {28, &contract.internal_number},
         {53, &contract.post},
         {54, &contract.full_reference},
         {55, &contract.part_time_rate},
         {79, &contract.grade}},
        rubric);
  }

  void put_of_contract(RawContract& contract, const Rubric& rubric, bool is_new) {
    if (block_ == kContractEnd) {
      put({{1, &contract.end}, {2, &contract.end_reason}}, rubric);
    } else if (block_ == kStop) {
      if (is_new) contract.stops.emplace_back();
      RawStop& stop = contract.stops.back();
      put({{1, &stop.reason},
           {2, &stop.last_day_worked},
           {3, &stop.expected_end},
           {10, &stop.returned}},
          rubric);
    } else if (block_ == kSuspension) {
      if (is_new) contract.suspensions.emplace_back();
      RawSuspension& suspension = contract.suspensions.back();
      put({{1, &suspension.reason}, {2, &suspension.start}, {3, &suspension.end}}, rubric);
    } else {
      if (is_new) contract.changes.emplace_back();
      RawChange& change = contract.changes.back();
      put({{1, &change.date},
           {6, &change.unit},
           {7, &change.quota},
           {8, &change.modality},
           {12, &change.siret},
           {14, &change.number},
           {22, &change.reference},
           {30, &change.post},
           {31, &change.full_reference},
           {32, &change.part_time_rate},
           {63, &change.grade}},
          rubric);
    }
  }

  void put_payment(const Rubric& rubric, bool is_new) {
    std::vector<RawPayment>& payments = individual_.payments;
    if (block_ == kPayment) {
      if (is_new) payments.emplace_back();
      put({{4, &payments.back().net}}, rubric);
      return;
    }
    if (payments.empty()) payments.emplace_back();
    if (is_new) payments.back().pays.emplace_back();
    RawPay& pay = payments.back().pays.back();
    put({{10, &pay.contract}, {11, &pay.type}, {13, &pay.amount}}, rubric);
  }

  Status end_individual() {
    if (!std::exchange(in_individual_, false)) return {};
    ++sending_.individuals;
    return visitor_.on_individual(declaration_, individual_);
  }

  Status end_establishment() {
    PAS_RETURN_IF_ERROR(end_individual());
    if (!std::exchange(in_establishment_, false)) return {};
    return visitor_.on_end(declaration_);
  }

  void refuse_sending(Fault fault) {
    if (!sending_.fault) sending_.fault = std::move(fault);
  }
  void refuse_file(Fault fault) {
    if (!fault_) fault_ = std::move(fault);
  }

  static constexpr RubricCode rubric_environment = rubric(10, 0, 0, 5);

  DeclarationVisitor& visitor_;
  std::optional<Fault>& fault_;
  std::uint64_t last_line_ = 0;
  bool is_lot_ = false;
  bool lot_ended_ = false;
  bool in_sending_ = false;
  bool in_establishment_ = false;
  bool in_individual_ = false;
  std::size_t sendings_ = 0;
  std::size_t establishments_ = 0;
  RubricCode block_ = 0;
  int number_ = 0;
  std::string announced_;
  std::string environment_;
  Sending sending_;
  RawDeclaration declaration_;
  RawIndividual individual_;
  std::size_t individual_rubrics_ = 0;
};

}  // namespace

Status scan_file(formats::ByteSource& source, DeclarationVisitor& visitor,
                 std::optional<Fault>* fault) {
  RubricReader reader(source);
  return Scan(visitor, fault).run(reader);
}

}  // namespace passerelle::hr_dsn
