// A text as a cell of a table in Markdown.
#pragma once
#include <algorithm>
#include <string>

namespace vestitel {

inline std::string markdown_cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.replace(at, 1, "\\|");
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace vestitel
