#include "plugins/sources/common/tree.hpp"

#include <algorithm>

#include "plugins/sources/common/one_line.hpp"
#include "plugins/sources/common/rules.hpp"

namespace sources {
namespace {

constexpr std::size_t kSmallTable = 256;  // of most records

std::size_t spread(std::uint32_t parent, std::uint64_t name) {
  return static_cast<std::size_t>((name ^ parent * 0x9E3779B97F4A7C15U) * 0xD6E8FEB86659FD93U >> 32);
}

}  // namespace

// ---- Node ---------------------------------------------------------------------------------------------------------

std::string_view Node::attr(Name name) const {
  const Tree::Attribute* found = tree_ == nullptr ? nullptr : tree_->attribute_of(index_, name);
  return found == nullptr ? std::string_view() : tree_->view(found->off, found->len);
}

bool Node::has_attr(Name name) const { return tree_ != nullptr && tree_->attribute_of(index_, name) != nullptr; }

Node Node::child(Name name) const {
  if (leaf()) return {};
  const std::uint32_t found = tree_->by_name_[tree_->slot_of(index_, name.hash)];
  return found == 0 ? Node() : Node(tree_, found);
}

Node Node::next(Name name) const {
  if (name.hash != 0 && is(name)) {
    const std::uint32_t same = tree_->nodes_[index_].same;
    return same == 0 ? Node() : Node(tree_, same);
  }
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

Tree::Tree() : by_name_(kSmallTable) { text_.reserve(kText); }

const Tree::Attribute* Tree::attribute_of(std::uint32_t index, Name name) const {
  const Attribute* from = attributes_.data() + nodes_[index].attr_first;
  const Attribute* to = from + nodes_[index].attr_count;
  const Attribute* found = std::find_if(from, to, [&](const Attribute& a) { return a.name == name.hash; });
  return found == to ? nullptr : found;
}

void Tree::clear() {
  text_.clear();
  nodes_.clear();
  by_name_.assign(kSmallTable, 0);
  attributes_.clear();
  depth_ = dropped_ = mark_ = 0;
  too_large_ = false;
}

// Free, or of the first child of that name. There is always a free one.
std::size_t Tree::slot_of(std::uint32_t parent, std::uint64_t name) const {
  const std::size_t mask = by_name_.size() - 1;
  std::size_t at = spread(parent, name) & mask;
  while (by_name_[at] != 0 && !(nodes_[by_name_[at]].name == name && nodes_[by_name_[at]].parent == parent))
    at = (at + 1) & mask;
  return at;
}

void Tree::list_by_name(std::uint32_t index) {
  Element& element = nodes_[index];
  std::uint32_t& first = by_name_[slot_of(element.parent, element.name)];
  if (first == 0) {
    first = element.last_same = index;
    return;
  }
  nodes_[nodes_[first].last_same].same = index;
  nodes_[first].last_same = index;
}

void Tree::grow_table() {
  by_name_.assign(by_name_.size() * 4, 0);
  for (std::uint32_t i = 1; i < nodes_.size(); ++i)
    if (nodes_[i].last_same != 0) by_name_[slot_of(nodes_[i].parent, nodes_[i].name)] = i;
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
  nodes_.push_back({name.hash, place, off, 0, index + 1, parent, first, 0});
  if (2 * nodes_.size() > by_name_.size()) grow_table();
  if (depth_ > 0 && name.hash != 0) list_by_name(index);  // what has no name is not asked for
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

std::string_view Tree::lower(std::string_view part) {
  if (part.empty()) return part;
  char* begin = own(part);
  std::transform(begin, begin + part.size(), begin,
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return part;
}

std::string_view Tree::replaced(std::string_view part, std::string_view text) {
  return {own(part), text.copy(own(part), part.size())};
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
