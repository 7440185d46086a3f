// The rules of enrolment: who is subscribed, on which channel, at which address. The same rules hold for a line of a
// subscriptions CSV and for one typed by hand. Errors name row, column and reason, never a value.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/personal.hpp"
#include "core/base/result.hpp"
#include "core/model/subscription.hpp"

namespace vestitel {

// The address as it will be used: e-mail checked, a Bulgarian mobile number as +359..., others bounded.
Result<PersonalText> checked_address(Channel channel, std::string_view address);

struct EnrolmentFields {
  std::string_view id_type, id, channel, address;
  std::string_view cadence = "immediate";
  std::string_view locale = "bg";
};

struct EnrolmentFault {
  std::uint64_t row = 0;     // line of the file on which the record begins, from 1; 0: not from a file
  std::uint32_t column = 0;  // field of the record, from 1; 0: the record as a whole
  std::string element;       // the column's name; "" where none is meant
  std::string reason;
  bool fatal = false;  // the file as a whole: nothing after it is read
};

struct EnrolmentAnswer {
  std::optional<Enrolment> enrolment;
  EnrolmentFault fault;  // where there is no enrolment; element and reason
};

EnrolmentAnswer make_enrolment(const EnrolmentFields& fields, Date today);

// A subscriptions CSV (RFC 4180, UTF-8, BOM and CRLF allowed), in chunks of any size; memory does not grow with it.
// Header: id_type,id,channel,address and, where wanted, cadence and locale, in any order.
class EnrolmentCsv {
 public:
  using Taken = std::function<void(Enrolment)>;
  using Refused = std::function<void(const EnrolmentFault&)>;
  EnrolmentCsv(Date today, Taken taken, Refused refused);

  void feed(std::string_view bytes);
  void finish();  // the end of the file: the last line needs no line break

 private:
  enum class State : std::uint8_t { kFieldStart, kPlain, kQuoted, kQuoteInQuoted };
  void take(char c);
  void end_field();
  void end_record();
  void read_header();
  void read_record();
  void refuse(std::uint32_t column, std::string element, std::string reason, bool fatal = false);

  const Date today_;
  const Taken taken_;
  const Refused refused_;
  State state_ = State::kFieldStart;
  std::vector<std::string> fields_;
  std::string field_;
  std::vector<int> columns_;  // known column of each field, from the header; empty before it
  std::uint64_t line_ = 1, record_line_ = 1;
  std::size_t record_bytes_ = 0;
  std::size_t bom_ = 0;  // bytes of a byte order mark met at the very start
  bool after_cr_ = false, stopped_ = false;
  std::string fault_;  // of the record being read
};

}  // namespace vestitel
