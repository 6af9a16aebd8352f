// A connector's description in the forms that others need: one declaration, many readers.
#pragma once

#include <string>
#include <vector>

#include "passerelle/connector/v1/connector.pb.h"
#include "plugins/sdk/connector.h"

namespace passerelle::sdk {

namespace v1 = connector::v1;

// JSON Schema (draft 2020-12) of the configuration: types, required fields, defaults, French and
// English descriptions.
std::string config_schema(const Description& description);
void to_proto(const std::vector<Stream>& streams,
              google::protobuf::RepeatedPtrField<v1::StreamType>* out);
v1::DescribeResponse to_proto(const Description& description, std::uint32_t contract_min,
                              std::uint32_t contract_max);
// The README's tables of configuration and of fields, in Markdown.
std::string to_markdown(const Description& description);

}  // namespace passerelle::sdk
