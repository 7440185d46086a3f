// Documents of the other formats, of any size: a head, the same record over and over, each with a number and a person
// of its own, and an end. All persons are born in the 1800s.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vestitel::testing {

// A record may hold {egn}, a person, and its number: {seven} letters and digits, {ten} digits, {twelve} digits.
struct DocumentForm {
  std::string_view reader;    // the plugin that reads it
  std::string_view settings;  // JSON
  std::string head, record;
  std::string_view tail;
  std::uint64_t most = UINT64_MAX;  // records that the format's reader takes
};

// One for each reader that reads a document of many records.
const std::vector<DocumentForm>& document_forms();

// Streams a document of about so many bytes; memory of one record.
class DocumentGenerator {
 public:
  // Borrows the form.
  DocumentGenerator(const DocumentForm& form, std::uint64_t bytes);
  // Fills up to cap bytes; 0: the end.
  std::size_t read(char* into, std::size_t cap);
  std::uint64_t records() const { return records_; }

 private:
  void refill();

  const DocumentForm& form_;
  std::uint64_t left_;
  std::uint64_t records_ = 0;
  bool begun_ = false, ended_ = false;
  std::string buffer_;
  std::size_t taken_ = 0;
};

}  // namespace vestitel::testing
