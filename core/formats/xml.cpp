#include "core/formats/xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include <mutex>
#include <utility>
#include <vector>

namespace passerelle::formats {
namespace {

constexpr std::size_t kChunkBytes = 32 << 10;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::string_view view_of(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

const char* chars(const xmlChar* text) { return reinterpret_cast<const char*>(text); }

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

// libxml2 pushes; the caller pulls. One chunk of the document is parsed at a time and its events
// wait in a queue whose memory is used again for the next chunk.
struct XmlReader::Impl {
  // Names live in the parser's dictionary; texts in `arena`, by offset until the chunk is parsed.
  struct Event {
    XmlEvent kind;
    std::string_view local_name;
    std::string_view namespace_uri;
    std::size_t text_begin = 0;
    std::size_t text_size = 0;
    std::size_t attributes_begin = 0;
    std::size_t attributes_size = 0;
    std::size_t depth = 0;
    std::uint64_t line = 0;
  };
  struct AttributeValue {
    std::size_t begin;
    std::size_t size;
  };

  Impl(std::unique_ptr<ByteSource> the_source, XmlSettings the_settings);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // Parses chunks until there is an event, an error or the end.
  void fill();
  void feed();
  void start_element(const xmlChar* name, const xmlChar* uri, int count, const xmlChar** raw);
  void end_element(const xmlChar* name, const xmlChar* uri);
  void add_text(const char* text, std::size_t size);
  void flush_text();
  void fail(std::string_view text);
  void fail_at(int line, int column, std::string_view text);
  void take_parser_error(const xmlError& error);
  std::uint64_t line() const;

  std::unique_ptr<ByteSource> source;
  XmlSettings settings;
  xmlParserCtxtPtr parser = nullptr;
  std::vector<char> chunk;
  bool done = false;  // the document is parsed to its end
  Status failure;

  std::vector<Event> events;
  std::size_t next_event = 0;
  const Event* current = nullptr;
  std::vector<XmlAttribute> attributes;
  std::vector<AttributeValue> values;  // of `attributes`, until the arena stops moving
  std::string arena;
  std::string text;  // not closed by a tag yet
  std::size_t depth = 0;
};

XmlReader::Impl::Impl(std::unique_ptr<ByteSource> the_source, XmlSettings the_settings)
    : source(std::move(the_source)), settings(the_settings), chunk(kChunkBytes) {
  static std::once_flag once;
  std::call_once(once, xmlInitParser);
  xmlSAXHandler sax{};
  sax.initialized = XML_SAX2_MAGIC;
  sax.startElementNs = [](void* self, const xmlChar* name, const xmlChar*, const xmlChar* uri, int,
                          const xmlChar**, int count, int, const xmlChar** raw) {
    static_cast<Impl*>(self)->start_element(name, uri, count, raw);
  };
  sax.endElementNs = [](void* self, const xmlChar* name, const xmlChar*, const xmlChar* uri) {
    static_cast<Impl*>(self)->end_element(name, uri);
  };
  sax.characters = [](void* self, const xmlChar* bytes, int size) {
    static_cast<Impl*>(self)->add_text(chars(bytes), static_cast<std::size_t>(size));
  };
  sax.ignorableWhitespace = sax.characters;
  sax.cdataBlock = sax.characters;
  sax.entityDecl = [](void* self, const xmlChar*, int, const xmlChar*, const xmlChar*, xmlChar*) {
    static_cast<Impl*>(self)->fail("the document declares entities, which are refused here");
  };
  sax.reference = [](void* self, const xmlChar*) {
    static_cast<Impl*>(self)->fail("the document uses an entity that XML does not define");
  };
  sax.serror = [](void* self, auto* error) { static_cast<Impl*>(self)->take_parser_error(*error); };
  parser = xmlCreatePushParserCtxt(&sax, this, nullptr, 0, nullptr);
  if (parser == nullptr) {
    failure = base::internal("no memory for an XML parser");
    return;
  }
  // NOENT: with no entity declared these are &amp; and its kind only, which libxml2 would
  // otherwise hand out escaped in attributes.
  xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOENT);
}

XmlReader::Impl::~Impl() {
  if (parser == nullptr) return;
  // Made by libxml2 behind our back to hold declared entities, and left to us.
  if (parser->myDoc != nullptr) xmlFreeDoc(parser->myDoc);
  xmlFreeParserCtxt(parser);
}

void XmlReader::Impl::fill() {
  events.clear();
  next_event = 0;
  attributes.clear();
  values.clear();
  arena.clear();
  current = nullptr;
  while (events.empty() && failure.ok() && !done) feed();
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    attributes[i].value = std::string_view(arena).substr(values[i].begin, values[i].size);
  }
}

void XmlReader::Impl::feed() {
  const StatusOr<std::size_t> got = source->read(chunk.data(), chunk.size());
  if (!got.ok()) {
    failure = got.status();
    return;
  }
  done = *got == 0;
  const int code = xmlParseChunk(parser, chunk.data(), static_cast<int>(*got), done ? 1 : 0);
  if (failure.ok() && (parser->wellFormed == 0 || (done && code != XML_ERR_OK && depth > 0))) {
    fail("the document is malformed");
  }
}

void XmlReader::Impl::start_element(const xmlChar* name, const xmlChar* uri, int count,
                                    const xmlChar** raw) {
  flush_text();
  if (++depth > settings.depth_max) {
    fail("elements are nested deeper than " + std::to_string(settings.depth_max));
    return;
  }
  Event event{XmlEvent::kStart, view_of(name), view_of(uri)};
  event.attributes_begin = attributes.size();
  event.attributes_size = static_cast<std::size_t>(count);
  event.depth = depth;
  event.line = line();
  for (int i = 0; i < count; ++i, raw += 5) {  // name, prefix, namespace, value, value's end
    const auto size = static_cast<std::size_t>(raw[4] - raw[3]);
    if (size > settings.text_bytes_max) {
      fail("attribute " + std::string(view_of(raw[0])) + " has more than " +
           std::to_string(settings.text_bytes_max) + " bytes");
      return;
    }
    attributes.push_back({view_of(raw[0]), view_of(raw[2]), {}});
    values.push_back({arena.size(), size});
    arena.append(chars(raw[3]), size);
  }
  events.push_back(event);
}

void XmlReader::Impl::end_element(const xmlChar* name, const xmlChar* uri) {
  flush_text();
  Event event{XmlEvent::kEnd, view_of(name), view_of(uri)};
  event.depth = depth--;
  event.line = line();
  events.push_back(event);
}

void XmlReader::Impl::add_text(const char* bytes, std::size_t size) {
  if (size > settings.text_bytes_max - text.size()) {
    fail("a text has more than " + std::to_string(settings.text_bytes_max) + " bytes");
    return;
  }
  text.append(bytes, size);
}

void XmlReader::Impl::flush_text() {
  if (text.empty()) return;
  if (settings.keep_blank_text || !is_blank(text)) {
    Event event{XmlEvent::kText, {}, {}};
    event.text_begin = arena.size();
    event.text_size = text.size();
    event.depth = depth;
    event.line = line();
    arena += text;
    events.push_back(event);
  }
  text.clear();
}

void XmlReader::Impl::fail(std::string_view message) {
  const int column = parser->input == nullptr ? 0 : parser->input->col;
  fail_at(static_cast<int>(line()), column, message);
  xmlStopParser(parser);
}

void XmlReader::Impl::fail_at(int at_line, int column, std::string_view message) {
  if (!failure.ok()) return;  // the first fault is the cause of the others
  failure = base::invalid_argument("XML " + std::to_string(at_line) + ":" + std::to_string(column) +
                                   ": " + std::string(message));
}

void XmlReader::Impl::take_parser_error(const xmlError& error) {
  if (error.level < XML_ERR_ERROR) return;
  std::string message = error.message == nullptr ? "malformed" : error.message;
  message = message.substr(0, message.find('\n'));
  if (error.code == XML_ERR_INVALID_CHAR || error.code == XML_ERR_INVALID_ENCODING) {
    message += " (the file is not in the encoding that its first line declares)";
  }
  fail_at(error.line, error.int2, message);
}

std::uint64_t XmlReader::Impl::line() const {
  return parser->input == nullptr ? 0 : static_cast<std::uint64_t>(parser->input->line);
}

XmlReader::XmlReader(std::unique_ptr<ByteSource> source, XmlSettings settings)
    : impl_(std::make_unique<Impl>(std::move(source), settings)) {}

XmlReader::~XmlReader() = default;

StatusOr<XmlEvent> XmlReader::next() {
  Impl& impl = *impl_;
  if (impl.next_event == impl.events.size()) {
    impl.fill();
    if (impl.events.empty()) {
      if (!impl.failure.ok()) return impl.failure;
      return XmlEvent::kDone;
    }
  }
  impl.current = &impl.events[impl.next_event++];
  return impl.current->kind;
}

std::string_view XmlReader::local_name() const {
  return impl_->current == nullptr ? std::string_view() : impl_->current->local_name;
}

std::string_view XmlReader::namespace_uri() const {
  return impl_->current == nullptr ? std::string_view() : impl_->current->namespace_uri;
}

std::span<const XmlAttribute> XmlReader::attributes() const {
  if (impl_->current == nullptr) return {};
  return std::span<const XmlAttribute>(impl_->attributes)
      .subspan(impl_->current->attributes_begin, impl_->current->attributes_size);
}

std::optional<std::string_view> XmlReader::attribute(std::string_view name) const {
  for (const XmlAttribute& attribute : attributes()) {
    if (attribute.local_name == name) return attribute.value;
  }
  return std::nullopt;
}

std::string_view XmlReader::attribute_or_empty(std::string_view name) const {
  return attribute(name).value_or(std::string_view());
}

std::string_view XmlReader::text() const {
  if (impl_->current == nullptr) return {};
  return std::string_view(impl_->arena)
      .substr(impl_->current->text_begin, impl_->current->text_size);
}

std::size_t XmlReader::depth() const {
  return impl_->current == nullptr ? 0 : impl_->current->depth;
}

std::uint64_t XmlReader::line() const {
  return impl_->current == nullptr ? impl_->line() : impl_->current->line;
}

Status XmlReader::skip_element() {
  const std::size_t element = depth();
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const XmlEvent event, next());
    if (event == XmlEvent::kDone || (event == XmlEvent::kEnd && depth() == element)) return {};
  }
}

StatusOr<std::string> XmlReader::text_of_element() {
  const std::size_t element = depth();
  std::string all;
  for (;;) {
    PAS_ASSIGN_OR_RETURN(const XmlEvent event, next());
    if (event == XmlEvent::kDone || (event == XmlEvent::kEnd && depth() == element)) return all;
    if (event != XmlEvent::kText) continue;
    if (text().size() > impl_->settings.text_bytes_max - all.size()) {
      return base::invalid_argument("XML line " + std::to_string(line()) +
                                    ": an element's text has more than " +
                                    std::to_string(impl_->settings.text_bytes_max) + " bytes");
    }
    all += text();
  }
}

std::string xml_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':  // a parser turns bare ones into spaces in attributes, and CR into LF everywhere
        out += "&#10;";
        break;
      case '\r':
        out += "&#13;";
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += kReplacement;
        } else if (text.substr(at, 3) == "\xEF\xBF\xBE" || text.substr(at, 3) == "\xEF\xBF\xBF") {
          out += kReplacement;
          at += 2;
        } else {
          out.push_back(c);
        }
    }
  }
  return out;
}

}  // namespace passerelle::formats
