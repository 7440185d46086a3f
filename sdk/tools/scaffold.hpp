// Writing a project from the template: whole or not at all, and never over anything that is there.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace vestitel {

struct ScaffoldRequest {
  std::string kind;  // "reader", "feed" or "sink"
  std::string name;  // "acme-lab": of the folder, the library and, behind the prefix, the plugin
  std::string prefix = "com.example";
  std::string language = "cpp";  // or "c", "python"
  std::filesystem::path into;
};

// Why this can be no name of a plugin; "": it can.
std::string name_fault(std::string_view name);
std::string prefix_fault(std::string_view prefix);

// The files that were written, relative to `into`, sorted. kConflict: something of that name exists.
Result<std::vector<std::string>> write_project(const ScaffoldRequest& request);

}  // namespace vestitel
