#include "plugins/sinks/file/writer.hpp"

#include <cerrno>
#include <cstring>

namespace vestitel::file_sink {

void throw_config(int error, const std::string& doing) {
  const char* what = strerrordesc_np(error);
  const std::string text = doing + ": " + (what != nullptr ? what : "error");
  const bool passes = error == ENOSPC || error == EDQUOT || error == EMFILE || error == ENFILE || error == EIO;
  if (passes) throw Error::retry(text);
  throw Error::config("/directory", text);
}

}  // namespace vestitel::file_sink
