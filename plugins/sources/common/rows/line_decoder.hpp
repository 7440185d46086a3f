// From the bytes of a line to UTF-8, strictly: what is not of the encoding is refused, nothing is replaced.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace rows {

// automatic: a byte order mark says UTF-8; else the first line with a byte beyond ASCII decides for the whole document:
// UTF-8 when it is valid as such, else windows-1251. Cyrillic text in windows-1251 is not valid UTF-8 but by a chance
// that takes pairs of a capital letter and a sign from beginning to end.
enum class Charset { automatic, utf8, windows_1251 };

class LineDecoder {
 public:
  explicit LineDecoder(Charset charset) : charset_(charset) {}

  // The document begins with a byte order mark of UTF-8.
  void see_mark() {
    contradicted_ = charset_ == Charset::windows_1251;
    charset_ = Charset::utf8;
  }

  // The line as UTF-8, valid until the next call and as long as `bytes`. False: fault() says why not.
  bool decode(std::string_view bytes, std::string_view& text);
  const char* fault() const { return fault_; }
  // The fault is that of the document, not of this line.
  bool fatal() const { return fatal_; }

  // How many bytes of the document `text`, a run of decoded text, was.
  std::size_t original_size(std::string_view text) const;

 private:
  void decide(std::string_view bytes);
  bool windows1251(std::string_view bytes, std::string_view& text);
  bool fail(const char* fault, bool fatal = false) {
    fault_ = fault;
    fatal_ = fatal;
    return false;
  }

  Charset charset_;
  bool contradicted_ = false;  // windows-1251 was asked for, and a byte order mark of UTF-8 came
  bool suspected_ = true;      // windows-1251 was asked for, and nothing has shown yet that it is not UTF-8
  const char* fault_ = nullptr;
  bool fatal_ = false;
  std::string decoded_;
};

}  // namespace rows
