#include "plugins/sources/common/tree.hpp"

#include <algorithm>

#include "plugins/sources/common/one_line.hpp"
#include "plugins/sources/common/rules.hpp"

namespace sources {

// ---- Node ---------------------------------------------------------------------------------------------------------

std::string_view Node::attr(Name name) const {
  const Tree::Attribute* found = tree_ == nullptr ? nullptr : tree_->attribute_of(index_, name);
  return found == nullptr ? std::string_view() : tree_->view(found->off, found->len);
}

bool Node::has_attr(Name name) const { return tree_ != nullptr && tree_->attribute_of(index_, name) != nullptr; }

Node Node::child(Name name) const {
  const Node begin = first();
  return !begin || begin.is(name) ? begin : begin.next(name);
}

Node Node::next(Name name) const {
  Node node = next();
  while (node && !node.is(name)) node = node.next();
  return node;
}

Node Node::find(Name name) const { return find_after(name, *this); }

Node Node::find_after(Name name, Node last) const {
  if (tree_ == nullptr || !last) return {};
  for (std::uint32_t i = last.index_ + 1; i < tree_->end_of(index_); ++i) {
    if (tree_->nodes_[i].name == name.hash) return {tree_, i};
  }
  return {};
}

// ---- Tree ---------------------------------------------------------------------------------------------------------

Tree::Tree() { text_.reserve(kText); }

const Tree::Attribute* Tree::attribute_of(std::uint32_t index, Name name) const {
  const Attribute* from = attributes_.data() + nodes_[index].attr_first;
  const Attribute* to = from + nodes_[index].attr_count;
  const Attribute* found = std::find_if(from, to, [&](const Attribute& a) { return a.name == name.hash; });
  return found == to ? nullptr : found;
}

void Tree::clear() {
  text_.clear();
  nodes_.clear();
  attributes_.clear();
  depth_ = dropped_ = mark_ = 0;
  too_large_ = false;
}

// Between elements stands white space, or the element is mixed.
void Tree::drop_text(Element& element) {
  if (!trimmed(std::string_view(text_).substr(mark_)).empty()) element.mixed = true;
  text_.resize(mark_);
}

void Tree::open(Name name, vestitel_place place) {
  if (nodes_.size() == kNodes || depth_ == kDepth) too_large_ = true;
  if (too_large_) {
    ++dropped_;
    return;
  }
  if (depth_ > 0) drop_text(nodes_[stack_[depth_ - 1]]);
  const auto index = static_cast<std::uint32_t>(nodes_.size());
  const std::uint32_t parent = depth_ > 0 ? stack_[depth_ - 1] : 0;
  const auto off = static_cast<std::uint32_t>(text_.size());
  const auto first = static_cast<std::uint32_t>(attributes_.size());
  nodes_.push_back({name.hash, place, off, 0, index + 1, parent, first, 0, false, false});
  mark_ = text_.size();
  stack_[depth_++] = index;
}

void Tree::attribute(Name name, std::string_view value) {
  if (too_large_) return;
  Element& element = nodes_[stack_[depth_ - 1]];
  if (value.size() > kLeaf) element.overlong = true;
  const std::string_view text = trimmed(value.substr(0, kLeaf));
  if (text.size() > kText - text_.size()) {
    too_large_ = true;
    return;
  }
  attributes_.push_back({name.hash, static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(text.size())});
  text_.append(text);
  ++element.attr_count;
  mark_ = text_.size();
}

std::size_t Tree::room() const { return std::min(kLeaf, kText - text_.size()); }

void Tree::close(bool overlong) {
  if (dropped_ > 0) {
    --dropped_;
    return;
  }
  if (depth_ == 0) return;
  const std::uint32_t index = stack_[--depth_];
  Element& element = nodes_[index];
  element.end = static_cast<std::uint32_t>(nodes_.size());
  if (element.end == index + 1) {
    take_text(element, overlong);
  } else {
    drop_text(element);
  }
  mark_ = text_.size();
}

void Tree::take_text(Element& element, bool overlong) {
  if (overlong && kText - mark_ < kLeaf) too_large_ = true;
  element.overlong = element.overlong || overlong;
  const std::string_view raw = std::string_view(text_).substr(mark_);
  const std::string_view text = trimmed(raw);
  if (text.empty()) return;
  element.off = static_cast<std::uint32_t>(text.data() - text_.data());
  element.len = static_cast<std::uint32_t>(text.size());
}

// ---- texts --------------------------------------------------------------------------------------------------------

std::string_view Tree::shown(std::string_view part) {
  if (part.empty()) return part;
  char* begin = own(part);
  const std::size_t size = one_line(begin, part.size());
  std::fill(begin + size, begin + part.size(), ' ');
  return trimmed({begin, size});
}

std::string_view Tree::upper(std::string_view part) {
  if (part.empty()) return part;
  char* begin = own(part);
  std::transform(begin, begin + part.size(), begin,
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return part;
}

std::string_view Tree::diagnosis(std::string_view part, bool* look_alike) {
  part = trimmed(part);
  const char latin = latin_look_alike(part);
  if (latin != 0) {
    *look_alike = true;
    char* begin = own(part);
    begin[0] = ' ';
    begin[1] = latin;
    part.remove_prefix(1);
  }
  return upper(part);
}

}  // namespace sources
