// From the document's bytes to UTF-8, strictly: the encoding is the one that the document declares, UTF-8 or
// windows-1251, and bytes that are not of it refuse the document. Nothing is replaced or repaired.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include <vestitel/plugin.hpp>

namespace sources {

class Decoder {
 public:
  static constexpr std::size_t kChunk = 64 * 1024;

  explicit Decoder(vestitel::Input& in) : in_(in) {}

  // The next piece of the document as UTF-8, without byte order mark, cut between characters; valid until the next
  // call. Empty: the end, or fault() says why not. What precedes a fault is still given out.
  std::string_view next();

  // Why the document cannot be decoded; null: it can.
  const char* fault() const { return fault_; }

  // How many bytes of the document `text`, a run of decoded text, was.
  std::uint64_t original_size(std::string_view text) const;
  // Length of the byte order mark, which is not part of the decoded text.
  std::uint64_t mark_bytes() const { return mark_bytes_; }

 private:
  enum class Encoding { utf8, windows1251 };

  const char* choose(std::string_view head);
  std::string_view utf8(std::size_t size);
  std::string_view windows1251(std::string_view raw);
  void suspect_utf8(std::string_view raw);

  vestitel::Input& in_;
  std::unique_ptr<char[]> raw_, decoded_;
  std::size_t tail_at_ = 0, tail_ = 0;  // a character cut by the end of the last piece, in raw_
  Encoding encoding_ = Encoding::utf8;
  const char* fault_ = nullptr;
  std::uint64_t mark_bytes_ = 0;
  bool begun_ = false, ended_ = false;
  // windows-1251 only: whether the bytes so far would all make sense as UTF-8, and how many of them were not ASCII.
  bool maybe_utf8_ = true, cut_ = false;
  std::size_t high_bytes_ = 0;
};

}  // namespace sources
