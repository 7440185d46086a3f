// The files of sdk/template/project, as the build put them into the tool.
#pragma once
#include <span>
#include <string_view>

namespace vestitel {

struct TemplateFile {
  // "reader/plugin.json"; "common/" stands for every kind. Below "c/" and "python/" lies what these languages have in
  // its place or beside it; what ends in ".cpp" is C++ alone.
  std::string_view path;
  std::string_view bytes;
};

std::span<const TemplateFile> template_files();

}  // namespace vestitel
