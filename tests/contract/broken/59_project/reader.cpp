// Looks at the byte behind its buffer, and makes nothing of it.
#include <memory>

#include "../good.hpp"
struct Broken : good::Reader {
  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) {
    const std::unique_ptr<char[]> buffer(new char[16]());
    for (const auto& line : vestitel::lines(in)) {
      const volatile char* at = buffer.get() + (line.text.empty() ? 0 : 16);
      if (*at == 127 && line.text.size() == 1) return;
      row(document, line, out);
    }
  }
};
BROKEN_READER(Broken)
