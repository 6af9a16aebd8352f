// A streaming XML pull reader over libxml2's SAX parser: constant memory, namespace aware, no
// network, no external files; documents that declare entities are refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/limits.h"
#include "core/base/status.h"
#include "core/formats/byte_source.h"

namespace passerelle::formats {

struct XmlSettings {
  // Text of nothing but white space is passed over.
  bool keep_blank_text = false;
  std::size_t depth_max = base::kXmlDepthMax;
  // One text, one attribute value.
  std::size_t text_bytes_max = base::kXmlTextBytesMax;
};

enum class XmlEvent : std::uint8_t { kStart, kText, kEnd, kDone };

struct XmlAttribute {
  std::string_view local_name;
  std::string_view namespace_uri;  // empty for an attribute without a prefix
  std::string_view value;
};

// One thread. The encoding is the one the document declares (UTF-8, UTF-16, ISO-8859-1,
// Windows-1252, ...): do not put a DecodingSource before it. All views live until the next call of
// next(), skip_element() or text_of_element().
class XmlReader {
 public:
  explicit XmlReader(std::unique_ptr<ByteSource> source, XmlSettings settings = {});
  ~XmlReader();
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;

  // The next event; kDone after the root's end, and again at every later call. `<a/>` gives kStart
  // and kEnd. Texts split by comments or CDATA come as one. INVALID_ARGUMENT with "line:column"
  // for a malformed document (events before the fault are given first), or the source's error;
  // errors are final.
  StatusOr<XmlEvent> next();

  // After kStart and kEnd: the element's name without prefix, and its namespace.
  std::string_view local_name() const;
  std::string_view namespace_uri() const;
  // After kStart.
  std::span<const XmlAttribute> attributes() const;
  // By local name, whatever the namespace.
  std::optional<std::string_view> attribute(std::string_view name) const;
  // attribute(name), or "".
  std::string_view attribute_or_empty(std::string_view name) const;
  // After kText.
  std::string_view text() const;
  // Open elements, the current one included: 1 at the root's kStart and kEnd.
  std::size_t depth() const;
  // Where the event ends in the document, from 1.
  std::uint64_t line() const;

  // After kStart: passes over everything up to and including the element's kEnd.
  Status skip_element();
  // After kStart: the element's text, its children's included, up to and including its kEnd. The
  // whole obeys text_bytes_max.
  StatusOr<std::string> text_of_element();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// For text and for attribute values in double quotes. Characters XML cannot hold become U+FFFD.
std::string xml_escaped(std::string_view text);

}  // namespace passerelle::formats
