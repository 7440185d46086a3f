#include "tests/support/document_generator.hpp"

#include <algorithm>
#include <cstring>

#include "tests/support/amblist_generator.hpp"

namespace vestitel::testing {
namespace {

std::string in_digits(std::uint64_t n, std::size_t size, std::uint64_t base) {
  std::string out(size, '0');
  for (auto at = out.rbegin(); at != out.rend() && n > 0; ++at, n /= base) {
    const auto digit = static_cast<char>(n % base);
    *at = static_cast<char>(digit < 10 ? '0' + digit : 'A' + digit - 10);
  }
  return out;
}

void append_record(std::string& out, std::string_view record, std::uint64_t number) {
  while (!record.empty()) {
    const std::size_t open = std::min(record.find('{'), record.size());
    out.append(record.substr(0, open));
    record.remove_prefix(open);
    if (record.empty()) return;
    const std::string_view name = record.substr(0, record.find('}') + 1);
    if (name == "{egn}") out += person_egn(number);
    if (name == "{seven}") out += in_digits(number, 7, 36);
    if (name == "{ten}") out += in_digits(number, 10, 10);
    if (name == "{twelve}") out += in_digits(number, 12, 10);
    record.remove_prefix(name.size());
  }
}

}  // namespace

DocumentGenerator::DocumentGenerator(const DocumentForm& form, std::uint64_t bytes) : form_(form), left_(bytes) {}

std::size_t DocumentGenerator::read(char* into, std::size_t cap) {
  std::size_t n = 0;
  while (n < cap) {
    if (taken_ == buffer_.size()) refill();
    if (taken_ == buffer_.size()) break;
    const std::size_t part = std::min(cap - n, buffer_.size() - taken_);
    std::memcpy(into + n, buffer_.data() + taken_, part);
    n += part;
    taken_ += part;
  }
  return n;
}

void DocumentGenerator::refill() {
  buffer_.clear();
  taken_ = 0;
  if (ended_) return;
  if (!begun_) {
    buffer_ = form_.head;
    begun_ = true;
  } else if (left_ > 0 && records_ < form_.most) {
    append_record(buffer_, form_.record, records_++);
  } else {
    buffer_ = form_.tail;
    ended_ = true;
  }
  left_ -= std::min<std::uint64_t>(left_, buffer_.size());
}

}  // namespace vestitel::testing
