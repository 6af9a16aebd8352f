// The rules of intake, declared once: a stable name, and what to do about a breach.
#pragma once

#include <string_view>

namespace passerelle::intake {

struct Rule {
  std::string_view name;
  std::string_view remedy;
};

inline constexpr Rule kIdEmpty{"PAS-INTAKE-ID-EMPTY",
                               "give every record of the source an identifier"};
inline constexpr Rule kIdTooLong{"PAS-INTAKE-ID-LENGTH",
                                 "use a shorter identifier, or a hash of this one"};
inline constexpr Rule kIdPersonal{
    "PAS-INTAKE-ID-NIR",
    "identify the record by the register's own number (matricule, contract), never by the NIR"};
inline constexpr Rule kNotUtf8{"PAS-INTAKE-UTF8",
                               "set the encoding of the source in the connector's configuration"};
inline constexpr Rule kTooLong{"PAS-INTAKE-LENGTH", "shorten the text at the source"};
inline constexpr Rule kWrongType{"PAS-INTAKE-TYPE",
                                 "send the field in the type that the kind declares"};
inline constexpr Rule kWrongScale{
    "PAS-INTAKE-SCALE", "round the value at the source; the hub never rounds on the way in"};
inline constexpr Rule kOutOfRange{"PAS-INTAKE-RANGE", "correct the value at the source"};
inline constexpr Rule kWildCode{"PAS-INTAKE-CODE",
                                "the connector's columns are wrong: report it to its author"};
inline constexpr Rule kPlainPerson{
    "PAS-INTAKE-PERSON",
    "the connector must declare the field as a person with its register (scheme)"};
inline constexpr Rule kRefusedPerson{
    "PAS-INTAKE-SCHEME", "identify persons by a number of the register, such as the matricule"};
inline constexpr Rule kUnknownKind{"PAS-INTAKE-KIND",
                                   "declare the kind in the model, or install a hub that knows it"};

}  // namespace passerelle::intake
