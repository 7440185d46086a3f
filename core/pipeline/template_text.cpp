#include "core/pipeline/template_text.hpp"

#include <algorithm>
#include <kainjow/mustache.hpp>

#include "core/base/json_text.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kMaxTemplate = 64 << 10;
constexpr std::size_t kMaxTitle = 1000;
constexpr std::size_t kMaxNesting = 16;
constexpr std::string_view kAllowedTags =
    "{{occurred_on}}, {{reported_on}}, {{kind}}, {{notice}}, {{link}} and the sections {{#new}}, {{#corrected}}, "
    "{{#annulled}} with {{^...}}; nothing else, so that no message can name a person, a facility or what was done";

struct Word {
  std::string_view name;
  std::uint32_t uses;
};
constexpr Word kVariables[] = {{"occurred_on", kUsesOccurredOn},
                               {"reported_on", kUsesReportedOn},
                               {"kind", kUsesKind},
                               {"notice", kUsesNotice},
                               {"link", kUsesLink}};
constexpr std::string_view kSections[] = {"new", "corrected", "annulled"};

std::uint32_t variable(std::string_view name) {
  for (const auto& word : kVariables)
    if (word.name == name) return word.uses;
  return 0;
}

bool section(std::string_view name) {
  return std::find(std::begin(kSections), std::end(kSections), name) != std::end(kSections);
}

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Walks one part of a template, tag by tag, and says where it goes wrong.
class TagScan {
 public:
  TagScan(std::string_view text, const std::string& file, std::uint32_t first_line, ConfigFindings& findings)
      : text_(text), file_(file), line_(first_line), findings_(findings) {}

  // What the part uses.
  std::uint32_t run() {
    while (at_ < text_.size()) {
      const std::size_t open = text_.find("{{", at_);
      move_to(std::min(open, text_.size()));
      if (open == std::string_view::npos || !tag()) break;
    }
    if (!open_.empty())
      refuse("section " + std::string(open_.back()) + " without its end", "{{/" + std::string(open_.back()) + "}}");
    return uses_;
  }

 private:
  // One tag; false where nothing behind it can be read.
  bool tag() {
    const bool triple = text_.substr(at_).starts_with("{{{");
    const std::size_t begin = at_ + (triple ? 3 : 2);
    const std::size_t end = text_.find(triple ? "}}}" : "}}", begin);
    if (end == std::string_view::npos) {
      refuse("a tag without its end", "{{name}}");
      return false;
    }
    const std::string_view content = trim(text_.substr(begin, end - begin));
    const bool readable = triple ? variable_tag(content) : any_tag(content);
    move_to(end + (triple ? 3 : 2));
    return readable;
  }

  bool any_tag(std::string_view content) {
    if (content.empty()) return refuse("an empty tag", kAllowedTags);
    const std::string_view name = trim(content.substr(1));
    switch (content.front()) {
      case '!': return true;
      case '#':
      case '^': return open_section(name);
      case '/': return close_section(name);
      case '&': return variable_tag(name);
      default: return variable_tag(content);
    }
  }

  bool variable_tag(std::string_view name) {
    const std::uint32_t uses = variable(name);
    if (uses == 0) return refuse("{{" + std::string(name.substr(0, 60)) + "}}", kAllowedTags);
    uses_ |= uses;
    return true;
  }

  bool open_section(std::string_view name) {
    if (!section(name)) return refuse("{{#" + std::string(name.substr(0, 60)) + "}}", kAllowedTags);
    if (open_.size() == kMaxNesting) return refuse("sections nested deeper than 16", "at most 16");
    uses_ |= kUsesRevision;
    open_.push_back(name);
    return true;
  }

  bool close_section(std::string_view name) {
    if (open_.empty() || open_.back() != name)
      return refuse("{{/" + std::string(name.substr(0, 60)) + "}}",
                    open_.empty() ? "no end where no section is open" : "{{/" + std::string(open_.back()) + "}}");
    open_.pop_back();
    return true;
  }

  // A wrong tag does not hide the ones behind it.
  bool refuse(std::string found, std::string_view allowed) {
    findings_.push_back({{file_, line_, column_}, "", std::move(found), std::string(allowed)});
    return true;
  }

  void move_to(std::size_t target) {
    for (; at_ < target; ++at_) {
      if (text_[at_] == '\n') {
        ++line_;
        column_ = 1;
      } else if ((static_cast<unsigned char>(text_[at_]) & 0xC0U) != 0x80U) {
        ++column_;
      }
    }
  }

  const std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
  std::uint32_t line_, column_ = 1;
  std::vector<std::string_view> open_;
  std::uint32_t uses_ = 0;
  ConfigFindings& findings_;
};

std::string with_plain_line_ends(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') out += text[i];
  return out;
}

// Nothing where the bytes are text that can go into a message.
std::string byte_fault(std::string_view text) {
  if (text.size() > kMaxTemplate) return "more than 64 KiB";
  if (!is_utf8(text)) return "bytes that are not UTF-8";
  const auto control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
  };
  if (std::any_of(text.begin(), text.end(), control)) return "a control character";
  return "";
}

bool blank_until_line_end(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  return at == text.size() || text[at] == '\n';
}

// As the mustache specification has it: a section's tag or a comment that stands alone on its line takes the line away.
std::string without_standalone_lines(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t open; (open = text.find("{{", at)) != std::string_view::npos;) {
    const std::size_t end = text.find("}}", open);
    if (end == std::string_view::npos) break;
    out.append(text.substr(at, open - at));
    at = end + 2;
    const std::size_t line = text.substr(0, open).find_last_not_of(" \t") + 1;  // 0: the very beginning
    const bool alone = (line == 0 || text[line - 1] == '\n') && blank_until_line_end(text, at);
    if (alone && std::string_view("#^/!").find(text[open + 2]) != std::string_view::npos) {
      out.resize(out.size() - (open - line));
      at = std::min(text.find('\n', at), text.size() - 1) + 1;
    }
    out.append(text.substr(open, end + 2 - open));
  }
  return out.append(text.substr(at));
}

std::string with_line_marks(std::string text) {
  std::replace(text.begin(), text.end(), '\n', kLineMark);
  return text;
}

std::uint32_t scan(std::string_view text, const TemplateSource& source, std::uint32_t line, ConfigFindings& findings) {
  const std::size_t before = findings.size();
  const std::uint32_t uses = TagScan(text, source.file, line, findings).run();
  if (findings.size() > before) return uses;
  // The library has the last word on what it can render.
  const kainjow::mustache::mustache parsed{std::string(text)};
  if (!parsed.is_valid())
    findings.push_back(
        {{source.file, line, 1}, "", "what mustache cannot read: " + parsed.error_message(), "mustache"});
  return uses;
}

}  // namespace

Templates::Parsed parse_template(const TemplateSource& source, ConfigFindings& findings) {
  Templates::Parsed parsed;
  parsed.name = source.name;
  parsed.channel = source.channel;
  for (std::size_t i = 0; i < std::size(kLocales); ++i)
    if (kLocales[i] == source.locale) parsed.locale = i;
  const std::string text = with_plain_line_ends(source.text);
  if (const std::string fault = byte_fault(text); !fault.empty()) {
    findings.push_back({{source.file, 0, 0}, "", fault, "UTF-8 text of at most 64 KiB without control characters"});
    return parsed;
  }
  constexpr std::string_view kSubject = "Subject: ";
  const std::size_t end = text.find('\n');
  if (!text.starts_with(kSubject) || end == std::string::npos || text.substr(end, 2) != "\n\n" ||
      trim(std::string_view(text).substr(end)).empty() || end > kMaxTitle + kSubject.size()) {
    findings.push_back({{source.file, 1, 1},
                        "",
                        "another beginning",
                        "a first line \"Subject: ...\" of at most 1000 bytes, an empty line, then the body"});
    return parsed;
  }
  parsed.title = text.substr(kSubject.size(), end - kSubject.size());
  parsed.body = text.substr(end + 2);
  parsed.uses = scan(text.substr(0, end), source, 1, findings) | scan(parsed.body, source, 3, findings);
  parsed.body = with_line_marks(without_standalone_lines(parsed.body));
  return parsed;
}

}  // namespace vestitel
