#include <sys/stat.h>
#include <vestitel/abi.h>

#include <vector>

#include "core/plugin/abi_call.hpp"
#include "sdk/tools/program/program.hpp"
#include "sdk/tools/program/program_instance.hpp"

namespace vestitel {
namespace {

// What the functions of an entry have no place for. Never destroyed.
struct Program {
  std::string path;
  wire::Ready about;
  std::vector<vestitel_descriptor> descriptors;
  vestitel_entry entry{};
};
Program* the_program = nullptr;

vestitel_descriptor descriptor_of(const wire::Descriptor& d) {
  return {sizeof(vestitel_descriptor),
          d.kind,
          d.flags,
          0,
          to_str(d.id),
          to_str(d.name),
          to_str(d.vendor),
          to_str(d.version),
          to_str(d.license),
          to_str(d.url),
          to_str(d.config_schema),
          to_str(d.capabilities)};
}

struct Entry {
  static vestitel_rc init(vestitel_str) { return VESTITEL_OK; }
  static void deinit() {}
  static std::uint32_t count() { return static_cast<std::uint32_t>(the_program->descriptors.size()); }
  static const vestitel_descriptor* describe(std::uint32_t index) {
    return index < count() ? &the_program->descriptors[index] : nullptr;
  }
  static vestitel_rc create(const vestitel_host* host, vestitel_str id, vestitel_plugin** out, vestitel_error* error) {
    return serve(error, [&]() -> vestitel_rc {
      // An empty id asks for a description, and so is no plugin's.
      if (id.n == 0) return VESTITEL_NOT_FOUND;
      auto instance = ProgramInstance::create(the_program->path, view(id, id.n), host);
      if (!instance && instance.error().failure == Failure::kNotFound) return VESTITEL_NOT_FOUND;
      if (!instance) return fail(error, VESTITEL_E_INTERNAL, instance.error().message);
      *out = instance->release()->abi();
      return VESTITEL_OK;
    });
  }
};

Result<wire::Ready> ask(const std::string& path) {
  wire::Hello hello;
  hello.library = path;
  const auto nothing = [](const wire::Frame&, ProgramProcess&) -> Result<> {
    return {Failure::kInvalid, "it asks for a service while it is described"};
  };
  const auto program = ProgramProcess::start(path, hello, {nothing, [] { return false; }});
  if (!program) return program.error();
  return (*program)->ready();
}

}  // namespace

bool is_program(const std::string& path) {
  struct stat status {};
  return !path.ends_with(".so") && ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         (status.st_mode & 0111) != 0;
}

Result<const vestitel_entry*> program_entry(const std::string& path) {
  if (the_program != nullptr && the_program->path == path)
    return static_cast<const vestitel_entry*>(&the_program->entry);
  if (the_program != nullptr) return {Failure::kConflict, "starting " + path + ": another program is tried here"};
  auto about = ask(path);
  if (!about) return about.error();
  auto* fresh = new Program{path, std::move(*about), {}, {}};
  for (const wire::Descriptor& d : fresh->about.plugins) fresh->descriptors.push_back(descriptor_of(d));
  fresh->entry = {VESTITEL_MAGIC,
                  sizeof(vestitel_entry),
                  VESTITEL_ABI_MAJOR,
                  VESTITEL_ABI_MINOR,
                  0,
                  to_str("runner's protocol 1"),
                  to_str(""),
                  Entry::init,
                  Entry::deinit,
                  Entry::count,
                  Entry::describe,
                  Entry::create};
  the_program = fresh;
  return static_cast<const vestitel_entry*>(&fresh->entry);
}

}  // namespace vestitel
