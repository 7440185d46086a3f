// A reader that leaves a mark when it is loaded: whoever has run any code of it is found out.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <vestitel/plugin.hpp>

namespace {

struct Mark {
  Mark() {
    const char* const path = std::getenv("VESTITEL_TEST_MARK");
    if (path == nullptr) return;
    const int fd = ::open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd >= 0) static_cast<void>(::write(fd, "loaded\n", 7) + ::close(fd));
  }
} const mark;

struct Marker {
  void parse(const vestitel::Document&, vestitel::Input&, vestitel::Emit&) {}
};

}  // namespace

VESTITEL_EXPORT_READER(Marker, "bg.acme.marker", "Marker", "1.0.0", "{}")
