// One document read by a mapping.
#pragma once
#include <set>
#include <string>

#include "plugins/sources/csv_mapping/record.hpp"

namespace csv_mapping {

struct Options {
  bool full_reports = false;
};

class DocumentReader {
 public:
  // Borrows all of them for the call of parse.
  DocumentReader(const Mapping& mapping, const Options& options, const vestitel::Document& document,
                 vestitel::Input& in, vestitel::Emit& out, const vestitel::Date& today);

  void read();

  std::uint64_t rows() const { return rows_.rows(); }
  std::uint64_t quarantined() const { return rows_.quarantined(); }
  std::uint64_t skipped() const { return skipped_; }

 private:
  bool bind();
  bool skipped(const Values& values) const;
  void quarantine(const rows::Row& row, const Fault& fault);
  void note_scope();
  void claim_scopes();

  const Mapping& mapping_;
  const Options options_;
  const vestitel::Document& document_;
  vestitel::Emit& out_;
  const vestitel::Date today_;
  rows::RowReader rows_;
  Values values_;
  Record record_;
  std::vector<std::size_t> cells_;
  std::uint64_t skipped_ = 0;
  std::set<std::string> scopes_;
  std::string last_scope_;
  bool too_many_scopes_ = false;
};

}  // namespace csv_mapping
