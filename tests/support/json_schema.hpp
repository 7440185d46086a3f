// A JSON Schema beside a format of ours, and whether it lets a text pass.
#pragma once
#define VALIJSON_USE_EXCEPTIONS 1  // else it aborts the process over a schema that it cannot read
#include <nlohmann/json.hpp>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "tests/support/temp_folder.hpp"

namespace vestitel::testing {

class JsonSchema {
 public:
  explicit JsonSchema(const std::string& path) {
    const auto json = nlohmann::json::parse(test::read_file(path));
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(json), compiled_);
  }
  bool fits(const std::string& text) const {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) return false;
    valijson::Validator validator;
    return validator.validate(compiled_, valijson::adapters::NlohmannJsonAdapter(json), nullptr);
  }

 private:
  valijson::Schema compiled_;
};

}  // namespace vestitel::testing
