#include "plugins/hr_dsn/absences.h"

namespace passerelle::hr_dsn {
namespace {

struct Family {
  std::string_view reason;
  std::string_view family;
};

// The value lists of the norm (P26V01).
constexpr Family kStops[] = {
    {"01", kCompressible},  // maladie
    {"02", kGlobal},        // maternité
    {"03", kGlobal},        // paternité, accueil de l'enfant
    {"04", kCompressible},  // accident de trajet
    {"05", kMedical},       // maladie professionnelle
    {"06", kCompressible},  // accident de travail ou de service
    {"07", kGlobal},        // femme enceinte dispensée de travail
    {"09", kGlobal},        // adoption
    {"10", kMedical},       // maladie imputable au service
    {"11", kMedical},       // victimes ou réformés de guerre
    {"12", kMedical},       // longue durée
    {"13", kMedical},       // longue maladie
    {"14", kMedical},       // invalidité temporaire imputable au service
    {"19", kGlobal},        // deuil d'enfant
};
constexpr Family kSuspensions[] = {
    {"607", kGlobal},  // présence parentale
    {"627", kGlobal},  // solidarité familiale
    {"634", kGlobal},  // catastrophe naturelle
    {"636", kGlobal},  // enfant malade
    {"637", kGlobal},  // évènement familial
    {"650", kGlobal},  // proche aidant
    {"652", kGlobal},  // inaptitude temporaire liée à la grossesse
};

template <std::size_t kCount>
std::optional<std::string_view> find(const Family (&families)[kCount], std::string_view reason) {
  for (const Family& candidate : families) {
    if (candidate.reason == reason) return candidate.family;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> family_of_stop(std::string_view reason) {
  return find(kStops, reason);
}

std::optional<std::string_view> family_of_suspension(std::string_view reason) {
  return find(kSuspensions, reason);
}

}  // namespace passerelle::hr_dsn
