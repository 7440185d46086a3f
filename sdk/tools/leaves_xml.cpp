#include <algorithm>

#include "sdk/tools/leaves.hpp"

namespace vestitel {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Names are told without their prefix: it means nothing outside of its document.
std::string_view local(std::string_view name) { return name.substr(name.find(':') + 1); }

class XmlCutter {
 public:
  explicit XmlCutter(std::string_view text) : text_(text) {}

  std::vector<Leaf> cut() {
    while (at_ < text_.size()) {
      const std::size_t tag = text_.find('<', at_);
      if (tag == std::string_view::npos) break;
      at_ = tag;
      if (!step()) break;
    }
    for (Leaf& leaf : leaves_) leaf.line = line_of(leaf.from);
    std::stable_sort(leaves_.begin(), leaves_.end(), [](const Leaf& a, const Leaf& b) { return a.from < b.from; });
    return std::move(leaves_);
  }

 private:
  struct Open {
    std::size_t path_length;  // of what holds it
    std::size_t tag, text;    // where it and its text begin
    bool plain = true;        // no element, comment or section in it
    bool bare = true;         // no attribute
  };

  bool step() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("<!--")) return pass("-->");
    if (rest.starts_with("<![CDATA[")) return pass("]]>");
    if (rest.starts_with("<?")) return pass("?>", false);
    if (rest.starts_with("</")) return close();
    return open();
  }
  bool pass(std::string_view end, bool spoils = true) {
    const std::size_t found = text_.find(end, at_);
    if (spoils && !open_.empty()) open_.back().plain = false;
    at_ = found == std::string_view::npos ? text_.size() : found + end.size();
    return found != std::string_view::npos;
  }

  bool close() {
    const std::size_t end = text_.find('>', at_);
    if (end == std::string_view::npos || open_.empty()) return false;
    const Open one = open_.back();
    if (one.plain) add(path_, one.text, at_ - one.text, one.tag, one.bare ? end + 1 - one.tag : 0);
    path_.resize(one.path_length);
    open_.pop_back();
    at_ = end + 1;
    return true;
  }

  bool open() {
    const std::size_t tag = at_++;
    if (!open_.empty()) open_.back().plain = false;
    Open one{path_.size(), tag, 0};
    path_ += (path_.empty() ? "" : "/") + std::string(local(name()));
    const std::size_t first = leaves_.size();
    while (skip_space() && text_[at_] != '>' && text_[at_] != '/') {
      if (!attribute()) return false;
      one.bare = false;
    }
    const bool ends = at_ < text_.size() && text_[at_] == '/';
    if (ends) ++at_;
    if (at_ >= text_.size() || text_[at_] != '>') return false;
    one.text = ++at_;
    if (!ends) {
      open_.push_back(one);
      return true;
    }
    end_at_once(one, first);
    path_.resize(one.path_length);
    return true;
  }
  // <name value="1"/> is there for its one attribute, <name/> for itself.
  void end_at_once(const Open& one, std::size_t first) {
    if (one.bare) add(path_, one.tag, 0, one.tag, at_ - one.tag);
    if (leaves_.size() != first + 1 || one.bare) return;
    leaves_.back().cut_from = one.tag;
    leaves_.back().cut_length = at_ - one.tag;
  }

  bool attribute() {
    const std::size_t begin = at_;
    const std::string_view called = name();
    if (called.empty() || !skip_space() || text_[at_++] != '=' || !skip_space()) return false;
    const char quote = text_[at_++];
    const std::size_t end = text_.find(quote, at_);
    if ((quote != '"' && quote != '\'') || end == std::string_view::npos) return false;
    if (called != "xmlns" && !called.starts_with("xmlns:") && !called.starts_with("xsi:"))
      add(path_ + "/@" + std::string(local(called)), at_, end - at_, begin - 1, end + 2 - begin);
    at_ = end + 1;
    return true;
  }

  std::string_view name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) && std::string_view("=/>").find(text_[at_]) == std::string::npos)
      ++at_;
    return text_.substr(begin, at_ - begin);
  }
  bool skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    return at_ < text_.size();
  }

  void add(std::string path, std::size_t from, std::size_t length, std::size_t cut_from, std::size_t cut_length) {
    leaves_.push_back({std::move(path), from, length, cut_from, cut_length, 0});
  }
  std::uint32_t line_of(std::size_t at) const {
    return static_cast<std::uint32_t>(1 +
                                      std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  std::string path_;
  std::vector<Open> open_;
  std::vector<Leaf> leaves_;
};

}  // namespace

std::vector<Leaf> leaves_of_xml(std::string_view document) { return XmlCutter(document).cut(); }

}  // namespace vestitel
