#include "plugins/sources/csv_mapping/document_reader.hpp"

#include <algorithm>

namespace csv_mapping {
namespace {

constexpr std::size_t kScopes = 10'000;

}  // namespace

DocumentReader::DocumentReader(const Mapping& mapping, const Options& options, const vestitel::Document& document,
                               vestitel::Input& in, vestitel::Emit& out, const vestitel::Date& today)
    : mapping_(mapping),
      options_(options),
      document_(document),
      out_(out),
      today_(today),
      rows_(in, out, mapping.dialect),
      values_(mapping),
      record_(mapping, values_, document.partner, today_) {}

void DocumentReader::read() {
  if (out_.failed() || !bind()) return;
  for (rows::Row row; rows_.next(row);) {
    Fault fault = values_.take(row);
    if (!fault && skipped(values_)) {
      ++skipped_;
      continue;
    }
    if (!fault) fault = values_.check(today_);
    if (!fault) fault = record_.emit(row.place, out_);
    if (fault) {
      quarantine(row, fault);
    } else {
      note_scope();
    }
  }
  if (!out_.failed()) claim_scopes();
}

// Where each column stands. A column that the header does not name refuses the document.
bool DocumentReader::bind() {
  for (const Column& column : mapping_.columns) {
    if (mapping_.fixed) {
      cells_.push_back(0);
    } else {
      cells_.push_back(mapping_.dialect.header ? rows_.column(column.name) : column.at - 1);
    }
  }
  if (!mapping_.fixed) values_.bind(cells_);
  return !out_.failed();
}

bool DocumentReader::skipped(const Values& values) const {
  return std::any_of(mapping_.skip.begin(), mapping_.skip.end(), [&](const Skip& skip) {
    return std::find(skip.values.begin(), skip.values.end(), values[skip.column]) != skip.values.end();
  });
}

void DocumentReader::quarantine(const rows::Row& row, const Fault& fault) {
  if (fault.column == kNone) return rows_.quarantine(row, rows::RowReader::kNone, fault.element, fault.reason);
  const std::string& name = mapping_.columns[fault.column].name;
  if (mapping_.fixed) return rows_.quarantine_at(row, values_.text_at(fault.column), name, fault.reason);
  rows_.quarantine(row, cells_[fault.column], name, fault.reason);
}

void DocumentReader::note_scope() {
  if (!options_.full_reports || record_.scope() == last_scope_) return;
  last_scope_ = record_.scope();
  if (scopes_.size() < kScopes) {
    scopes_.insert(last_scope_);
  } else {
    too_many_scopes_ = too_many_scopes_ || scopes_.find(last_scope_) == scopes_.end();
  }
}

// Only what the sender vouches for, where the operator believes it. A row in quarantine may belong to any scope.
void DocumentReader::claim_scopes() {
  if (!options_.full_reports || !document_.complete || too_many_scopes_ || rows_.quarantined() > 0) return;
  for (const std::string& scope : scopes_) out_.complete(scope);
}

}  // namespace csv_mapping
