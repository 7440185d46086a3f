// An input whose first bytes were looked at and are read again, for sources that tell what a document is by its
// content.
#pragma once
#include <algorithm>
#include <array>
#include <string_view>

#include <vestitel/plugin.hpp>

namespace sources {

class PeekedInput {
 public:
  // Borrows it, for the call of parse.
  explicit PeekedInput(vestitel::Input& in)
      : in_(in),
        size_(in.fill(head_.data(), head_.size())),
        table_{sizeof table_, this, read},
        all_(&table_, in.call()) {}
  PeekedInput(const PeekedInput&) = delete;
  PeekedInput& operator=(const PeekedInput&) = delete;

  // Whether the first character of the document is that of XML.
  bool is_xml() const {
    std::string_view head(head_.data(), size_);
    if (head.substr(0, 3) == "\xEF\xBB\xBF") head.remove_prefix(3);
    head = vestitel::trim(head);
    return !head.empty() && head.front() == '<';
  }
  // The whole document, from its first byte on.
  vestitel::Input& all() { return all_; }

 private:
  static vestitel_rc read(void* self, std::uint8_t* into, std::uint64_t cap, std::uint64_t* got) {
    PeekedInput& peeked = *static_cast<PeekedInput*>(self);
    const std::size_t kept = std::min<std::size_t>(peeked.size_ - peeked.at_, cap);
    std::copy_n(peeked.head_.data() + peeked.at_, kept, into);
    peeked.at_ += kept;
    *got = kept > 0 ? kept : peeked.in_.read(reinterpret_cast<char*>(into), cap);
    return VESTITEL_OK;
  }

  vestitel::Input& in_;
  std::array<char, 512> head_;
  const std::size_t size_;
  std::size_t at_ = 0;
  const vestitel_input table_;
  vestitel::Input all_;
};

}  // namespace sources
