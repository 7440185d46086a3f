// The values of a document, each with the path at which it stands: texts of elements and attributes of XML, members of
// JSON lines, cells of a table with a header line. Cuts documents that a reader accepts; it judges none.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vestitel {

enum class LeafForm : std::uint8_t { kXml, kJsonLines, kTable };

struct Leaf {
  std::string path;                          // "report/service/@date", "email", "EGN"; UTF-8
  std::size_t from = 0, length = 0;          // its value as it is written; of a JSON text with its quotes
  std::size_t cut_from = 0, cut_length = 0;  // taken away, it is not there; nothing: it can be empty at most
  std::uint32_t line = 0;                    // from 1
};

struct Leaves {
  LeafForm form = LeafForm::kXml;
  std::vector<Leaf> all;  // in the order of the document
};

// Nothing where the document is none of the three.
std::optional<Leaves> leaves_of(std::string_view document);

// Of one form; what cannot be read ends the search (XML) or its line.
std::vector<Leaf> leaves_of_xml(std::string_view document);
std::vector<Leaf> leaves_of_json_lines(std::string_view document);
std::vector<Leaf> leaves_of_table(std::string_view document);

}  // namespace vestitel
