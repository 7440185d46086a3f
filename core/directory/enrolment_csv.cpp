#include <algorithm>
#include <array>

#include "core/base/json_text.hpp"
#include "core/directory/enrolment.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kMaxRecord = 8192;
constexpr std::size_t kRequired = 4;
constexpr std::array<std::string_view, 6> kColumns{"id_type", "id", "channel", "address", "cadence", "locale"};
constexpr std::string_view kBom = "\xEF\xBB\xBF";

int column_of(std::string_view name) {
  const auto found = std::find(kColumns.begin(), kColumns.end(), name);
  return found == kColumns.end() ? -1 : static_cast<int>(found - kColumns.begin());
}

}  // namespace

EnrolmentCsv::EnrolmentCsv(Date today, Taken taken, Refused refused)
    : today_(today), taken_(std::move(taken)), refused_(std::move(refused)) {}

void EnrolmentCsv::feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (stopped_) return;
    if (bom_ < kBom.size() && c == kBom[bom_]) {
      ++bom_;
      continue;
    }
    // Not a byte order mark after all: what looked like its beginning is text.
    if (bom_ < kBom.size()) {
      for (std::size_t i = 0; i < bom_; ++i) take(kBom[i]);
      bom_ = kBom.size();
    }
    take(c);
  }
}

void EnrolmentCsv::finish() {
  if (stopped_) return;
  if (state_ == State::kQuoted && fault_.empty()) fault_ = "a quote that is never closed";
  if (record_bytes_ > 0) end_record();
  if (!stopped_ && columns_.empty()) refuse(0, "", "empty: a header of id_type,id,channel,address expected", true);
}

// One byte of RFC 4180. A line break inside quotes belongs to the field; CR LF and LF end a record.
void EnrolmentCsv::take(char c) {
  const bool quoted = state_ == State::kQuoted;
  if (c == '\n') ++line_;
  if (after_cr_ && c == '\n' && !quoted) {
    after_cr_ = false;
    record_line_ = line_;
    return;
  }
  after_cr_ = c == '\r' && !quoted;
  if (!quoted && (c == '\n' || c == '\r')) {
    if (record_bytes_ > 0) end_record();
    record_line_ = line_;
    return;
  }
  if (++record_bytes_ > kMaxRecord) {
    if (fault_.empty()) fault_ = "longer than 8 KiB";
    field_.clear();
    // An unclosed quote would swallow the file: a record this long ends at its next line break, whatever it holds.
    if (quoted) state_ = State::kPlain;
    return;
  }
  switch (state_) {
    case State::kFieldStart:
      state_ = c == '"' ? State::kQuoted : State::kPlain;
      if (c == ',') return end_field();
      if (c != '"') field_ += c;
      return;
    case State::kPlain:
      if (c == ',') return end_field();
      if (c == '"' && fault_.empty()) fault_ = "a quote inside a field that does not begin with one";
      field_ += c;
      return;
    case State::kQuoted:
      if (c == '"') {
        state_ = State::kQuoteInQuoted;
      } else {
        field_ += c;
      }
      return;
    case State::kQuoteInQuoted:
      if (c == ',') return end_field();
      if (c != '"' && fault_.empty()) fault_ = "text behind a closing quote";
      field_ += c;
      state_ = c == '"' ? State::kQuoted : State::kPlain;
      return;
  }
}

void EnrolmentCsv::end_field() {
  fields_.push_back(std::move(field_));
  field_.clear();
  state_ = State::kFieldStart;
}

void EnrolmentCsv::end_record() {
  end_field();
  const bool header = columns_.empty();
  if (!fault_.empty()) {
    refuse(0, "", fault_, header);
  } else if (header) {
    read_header();
  } else {
    read_record();
  }
  fields_.clear();
  fault_.clear();
  record_bytes_ = 0;
  state_ = State::kFieldStart;
}

void EnrolmentCsv::read_header() {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const int column = column_of(fields_[i]);
    const auto at = static_cast<std::uint32_t>(i + 1);
    if (column < 0)
      return refuse(at, "", "an unknown column; id_type, id, channel, address, cadence, locale expected", true);
    if (std::find(columns_.begin(), columns_.end(), column) != columns_.end())
      return refuse(at, std::string(kColumns[static_cast<std::size_t>(column)]), "the column again", true);
    columns_.push_back(column);
  }
  for (std::size_t column = 0; column < kRequired; ++column)
    if (std::find(columns_.begin(), columns_.end(), static_cast<int>(column)) == columns_.end())
      return refuse(0, std::string(kColumns[column]), "the header does not have the column", true);
}

void EnrolmentCsv::read_record() {
  if (fields_.size() != columns_.size())
    return refuse(0, "",
                  std::to_string(fields_.size()) + " fields where the header has " + std::to_string(columns_.size()));
  std::array<std::string_view, kColumns.size()> values{"", "", "", "", "immediate", "bg"};
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (!is_utf8(fields_[i]))
      return refuse(static_cast<std::uint32_t>(i + 1), std::string(kColumns[static_cast<std::size_t>(columns_[i])]),
                    "not UTF-8");
    const auto column = static_cast<std::size_t>(columns_[i]);
    if (column < kRequired || !fields_[i].empty()) values[column] = fields_[i];  // empty: the default
  }
  auto answer = make_enrolment({values[0], values[1], values[2], values[3], values[4], values[5]}, today_);
  if (answer.enrolment) return taken_(std::move(*answer.enrolment));
  const auto place = std::find(columns_.begin(), columns_.end(), column_of(answer.fault.element));
  refuse(static_cast<std::uint32_t>(place - columns_.begin() + 1), answer.fault.element, answer.fault.reason);
}

void EnrolmentCsv::refuse(std::uint32_t column, std::string element, std::string reason, bool fatal) {
  stopped_ = stopped_ || fatal;
  refused_({record_line_, column, std::move(element), std::move(reason), fatal});
}

}  // namespace vestitel
