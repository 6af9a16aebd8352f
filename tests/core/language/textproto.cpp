#include "tests/core/language/textproto.h"

#include <utility>

#include "core/base/text.h"

namespace passerelle::language {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-' || c == '+';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  // Fields up to '}' or the end.
  bool fields(TextNode* parent) {
    while (true) {
      skip();
      if (at_ == text_.size() || text_[at_] == '}') return true;
      TextNode node;
      node.name = name();
      if (node.name.empty()) return false;
      skip();
      accept(':');
      skip();
      if (accept('{')) {
        if (!fields(&node)) return false;
        if (!accept('}')) return false;
      } else if (!scalar(&node.value)) {
        return false;
      }
      skip();
      if (!accept(',')) accept(';');
      parent->children.push_back(std::move(node));
    }
  }
  bool done() const { return at_ == text_.size(); }
  std::size_t position() const { return at_; }

 private:
  void skip() {
    while (at_ < text_.size()) {
      if (text_[at_] == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' ||
                 text_[at_] == '\r') {
        ++at_;
      } else {
        return;
      }
    }
  }

  bool accept(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string name() {
    std::string out;
    if (accept('[')) {  // the type of an Any
      while (at_ < text_.size() && text_[at_] != ']') out += text_[at_++];
      accept(']');
      return out;
    }
    while (at_ < text_.size() && is_word(text_[at_])) out += text_[at_++];
    return out;
  }

  bool scalar(std::string* out) {
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      while (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
        if (!quoted(out)) return false;
        skip();  // neighbours are one string
      }
      return true;
    }
    while (at_ < text_.size() && is_word(text_[at_])) *out += text_[at_++];
    return !out->empty();
  }

  bool quoted(std::string* out) {
    const char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] != '\\') {
        *out += text_[at_++];
      } else if (!escape(out)) {
        return false;
      }
    }
    return accept(quote);
  }

  unsigned digits(int most, int base) {
    unsigned value = 0;
    for (int i = 0; i < most && at_ < text_.size(); ++i, ++at_) {
      const char c = text_[at_];
      int digit = -1;
      if (c >= '0' && c <= '9') digit = c - '0';
      if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
      if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
      if (digit < 0 || digit >= base) break;
      value = value * static_cast<unsigned>(base) + static_cast<unsigned>(digit);
    }
    return value;
  }

  bool escape(std::string* out) {
    ++at_;
    if (at_ >= text_.size()) return false;
    const char c = text_[at_];
    if (c >= '0' && c <= '7') {
      *out += static_cast<char>(digits(3, 8));
      return true;
    }
    ++at_;
    if (c == 'x') {
      *out += static_cast<char>(digits(2, 16));
    } else if (c == 'u' || c == 'U') {
      base::append_utf8(out, digits(c == 'u' ? 4 : 8, 16));
    } else {
      static constexpr std::string_view kFrom = "nrtabfv";
      static constexpr std::string_view kTo = "\n\r\t\a\b\f\v";
      const std::size_t known = kFrom.find(c);
      *out += known == std::string_view::npos ? c : kTo[known];
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

const TextNode* TextNode::child(std::string_view wanted) const {
  for (const TextNode& node : children) {
    if (node.name == wanted) return &node;
  }
  return nullptr;
}

const TextNode* TextNode::at(std::initializer_list<std::string_view> path) const {
  const TextNode* node = this;
  for (std::string_view step : path) {
    node = node->child(step);
    if (node == nullptr) return nullptr;
  }
  return node;
}

StatusOr<TextNode> parse_textproto(std::string_view text) {
  TextNode root;
  Reader reader(text);
  if (reader.fields(&root) && reader.done()) return root;
  return base::invalid_argument("not a text proto, near byte " + std::to_string(reader.position()));
}

}  // namespace passerelle::language
