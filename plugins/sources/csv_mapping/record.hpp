// One row becomes one event, or a fault that names a column and no value.
#pragma once
#include "plugins/sources/csv_mapping/values.hpp"

namespace csv_mapping {

class Record {
 public:
  // Borrows all of them.
  Record(const Mapping& mapping, const Values& values, std::string_view partner, const vestitel::Date& today);

  // The values are checked by now. Emits the event, or says why not.
  Fault emit(vestitel_place place, vestitel::Emit& out);
  // Of the event that was emitted last.
  const std::string& scope() const { return scope_; }

 private:
  struct Text {
    std::string_view view;
    std::string own;
  };

  Fault fill();
  Fault fill_subject();
  Fault fill_dates();
  Fault fill_places();
  Fault fill_attributes();
  Fault check_attribute(const Attribute& attribute, std::string_view value) const;
  Fault need(const Template& source, std::string_view element, std::string& into);
  Fault evaluate(const Template& source, std::string_view element, Text& into, bool all = false) const;
  Fault append(const Part& part, std::string_view element, std::string& out, bool& filled, bool all) const;
  Fault bad(const Template& source, std::string_view element, std::string reason) const;
  void write(vestitel_place place, vestitel::Emit& out);

  const Mapping& mapping_;
  const Values& values_;
  const std::string_view partner_;
  const vestitel::Date& today_;

  Text type_, revision_text_, number_, kind_;
  Text facility_, facility_name_, facility_region_, practitioner_, practitioner_name_, practitioner_specialty_;
  std::string scope_, record_, region_;
  std::uint16_t revision_ = 0, subject_kind_ = 0;
  std::string_view subject_;
  std::vector<Text> attributes_;
};

}  // namespace csv_mapping
