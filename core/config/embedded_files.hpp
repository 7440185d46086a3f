// The shipped config/ folder, as the build put it into the binary.
#pragma once
#include <span>
#include <string_view>

namespace vestitel {

struct EmbeddedFile {
  std::string_view path;  // below config/
  std::string_view bytes;
};

std::span<const EmbeddedFile> embedded_files();

}  // namespace vestitel
