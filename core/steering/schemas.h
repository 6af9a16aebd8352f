// The JSON Schemas of the model's files, for editors that complete and check while one types. They
// say less than check(): what names what is known only to it.
#pragma once

#include <string_view>

namespace passerelle::steering {

// Of any *.yaml of the folder but connectors.
std::string_view model_schema();
// Of connectors/<id>.yaml.
std::string_view connector_schema();

}  // namespace passerelle::steering
