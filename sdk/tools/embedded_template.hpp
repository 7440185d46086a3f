// The files of sdk/template/project, as the build put them into the tool.
#pragma once
#include <span>
#include <string_view>

namespace vestitel {

struct TemplateFile {
  std::string_view path;  // "reader/plugin.json"; "common/" stands for every kind
  std::string_view bytes;
};

std::span<const TemplateFile> template_files();

}  // namespace vestitel
