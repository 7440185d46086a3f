// One record, or the head of a document, as a small tree: elements with their attributes, texts and places. The memory
// is used again for each record: once it has grown to the largest, nothing is allocated. Bounded: 16,384 elements,
// 256 KiB of text.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <vestitel/plugin.hpp>

#include "plugins/sources/common/name.hpp"

namespace sources {

class Tree;

// An element of a tree, or none. Cheap to copy; valid until the tree is cleared.
class Node {
 public:
  Node() = default;
  explicit operator bool() const { return tree_ != nullptr; }

  bool is(Name name) const;
  // Without white space around it; empty where there is no element.
  std::string_view text() const;
  std::string_view attr(Name name) const;
  bool has_attr(Name name) const;
  vestitel_place place() const;
  bool overlong() const;  // its text, or an attribute, is longer than Tree::kLeaf, and cut
  bool mixed() const;     // it holds both text and elements
  bool leaf() const;      // it holds no element

  // Children and siblings, all or those of a name; none: an empty Node.
  Node first() const;
  Node next() const;
  Node child(Name name) const;
  Node next(Name name) const;
  // The first element of the name below this one, at any depth, in document order; and the one after it.
  Node find(Name name) const;
  Node find_after(Name name, Node last) const;

 private:
  friend class Tree;
  Node(const Tree* tree, std::uint32_t index) : tree_(tree), index_(index) {}
  const Tree* tree_ = nullptr;
  std::uint32_t index_ = 0;
};

class Tree {
 public:
  static constexpr std::size_t kLeaf = 2000, kText = 256 * 1024, kNodes = 16'384, kDepth = 64;

  Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  // ---- for who reads it
  Node root() const { return nodes_.empty() ? Node() : Node(this, 0); }
  bool too_large() const { return too_large_; }

  // `part` is a text out of this tree. All change it in place, and may be asked again for the same part.
  // As it may be shown: on one line, in the direction in which it is read; see one_line.hpp.
  std::string_view shown(std::string_view part);
  // a to z as A to Z, and the other way.
  std::string_view upper(std::string_view part);
  std::string_view lower(std::string_view part);
  // `text`, which is not longer, in its place.
  std::string_view replaced(std::string_view part, std::string_view text);
  // The code of a diagnosis in upper case; a leading Cyrillic capital that looks Latin is made Latin, and told.
  std::string_view diagnosis(std::string_view part, bool* look_alike);

  // ---- for who builds it
  void clear();
  void open(Name name, vestitel_place place);
  void attribute(Name name, std::string_view value);
  void close(bool overlong);
  // How deep the element that is open stands: 0: none is.
  std::size_t depth() const { return depth_; }
  // Where the text of the open element is to be appended, at most room() bytes.
  std::string& text() { return text_; }
  std::size_t room() const;

 private:
  friend class Node;
  struct Attribute {
    std::uint64_t name;
    std::uint32_t off, len;
  };
  struct Element {
    std::uint64_t name;
    vestitel_place place;
    std::uint32_t off, len;     // of its text
    std::uint32_t end, parent;  // index after the last element below it; of the element that holds it
    std::uint32_t attr_first, attr_count;
    std::uint32_t same = 0;       // the next sibling of its name; 0: none
    std::uint32_t last_same = 0;  // of the first of a name: the last one so far
    bool overlong = false, mixed = false;
  };

  // Where the first child of a name is found without walking past its siblings: a table of indices, open addressing.
  std::size_t slot_of(std::uint32_t parent, std::uint64_t name) const;
  void list_by_name(std::uint32_t index);
  void grow_table();

  void drop_text(Element& element);
  void take_text(Element& element, bool overlong);
  std::uint32_t end_of(std::uint32_t index) const { return nodes_[index].end; }
  std::string_view view(std::uint32_t off, std::uint32_t len) const { return std::string_view(text_).substr(off, len); }
  char* own(std::string_view part) { return text_.data() + (part.data() - text_.data()); }
  const Attribute* attribute_of(std::uint32_t index, Name name) const;

  std::string text_;  // never grows beyond what is reserved: views stay valid
  std::vector<Element> nodes_;
  std::vector<Attribute> attributes_;
  std::vector<std::uint32_t> by_name_;  // a power of two, at least twice as many as elements; 0: free
  std::uint32_t stack_[kDepth] = {};
  std::size_t depth_ = 0;
  std::size_t mark_ = 0;     // where the text of the open element begins
  std::size_t dropped_ = 0;  // open elements beyond the bounds, which are not kept
  bool too_large_ = false;
};

// ---- below: what is asked so often that a call would cost as much --------------------------------------------------

inline bool Node::is(Name name) const { return tree_ != nullptr && tree_->nodes_[index_].name == name.hash; }
inline std::string_view Node::text() const {
  if (tree_ == nullptr) return {};
  const Tree::Element& element = tree_->nodes_[index_];
  return tree_->view(element.off, element.len);
}
inline vestitel_place Node::place() const { return tree_ == nullptr ? vestitel_place{} : tree_->nodes_[index_].place; }
inline bool Node::overlong() const { return tree_ != nullptr && tree_->nodes_[index_].overlong; }
inline bool Node::mixed() const { return tree_ != nullptr && tree_->nodes_[index_].mixed; }
inline bool Node::leaf() const { return tree_ == nullptr || tree_->end_of(index_) == index_ + 1; }
inline Node Node::first() const { return leaf() ? Node() : Node(tree_, index_ + 1); }

// The element that follows is a sibling unless the parent ends there; the parent is the last one that holds both.
inline Node Node::next() const {
  if (tree_ == nullptr) return {};
  const std::uint32_t after = tree_->end_of(index_);
  if (after >= tree_->nodes_.size() || tree_->nodes_[after].parent != tree_->nodes_[index_].parent) return {};
  return {tree_, after};
}

}  // namespace sources
