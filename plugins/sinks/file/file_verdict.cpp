#include "plugins/sinks/file/file_verdict.hpp"

#include <cerrno>
#include <cstring>
#include <string>

namespace vestitel::file_sink {
namespace {

std::string why(int error, Stage stage) {
  constexpr const char* kDoing[] = {"preparing a file: ", "writing a file: ", "syncing a file: "};
  return kDoing[static_cast<int>(stage)] + std::string(strerrordesc_np(error) ? strerrordesc_np(error) : "error");
}

}  // namespace

Verdict verdict_for(int error, Stage stage) {
  // After a failed sync the kernel may have dropped what it could not write: nobody knows what is on the disk.
  if (stage == Stage::sync) return Verdict::unknown(why(error, stage));
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN: return Verdict::retry(why(error, stage), Scope::sink);
    case ENOENT:
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case EFBIG:
    case ENAMETOOLONG: return Verdict::config_error(why(error, stage));
    default: break;
  }
  return stage == Stage::open ? Verdict::retry(why(error, stage), Scope::sink) : Verdict::unknown(why(error, stage));
}

}  // namespace vestitel::file_sink
