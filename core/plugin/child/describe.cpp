// What a library says of its plugins, asked of it in a process of its own.
#include "core/base/safe_text.hpp"
#include "core/plugin/child/child_home.hpp"
#include "core/plugin/package/files.hpp"

namespace vestitel {
namespace {

PluginDescription description_of(const wire::Descriptor& d) {
  PluginDescription out;
  out.id = d.id;
  out.name = safe_text(d.name);
  out.vendor = safe_text(d.vendor);
  out.version = safe_text(d.version);
  out.license = safe_text(d.license);
  out.url = safe_text(d.url);
  out.config_schema = d.config_schema;
  out.capabilities = d.capabilities;
  set_kind(out, d.kind, d.flags);
  return out;
}

// Nothing is asked of the hub while a library is described.
class NoServices final : public RunnerServices {
 public:
  Result<bool> serve(wire::Frame&, RunnerProcess&) override {
    return Error{Failure::kInvalid, "it asks for a service while it is described"};
  }
};

}  // namespace

Result<std::vector<PluginDescription>> describe_in_child(const ChildHome& home, const std::string& path,
                                                         const std::string& sha256) {
  if (home.launcher == nullptr) return {Failure::kInternal, "describing plugin " + path + ": no launcher"};
  const auto library = sha256.empty() ? open_trusted(path, home.owners) : open_checked(path, sha256, home.owners);
  if (!library) return library.error();
  RunnerSpec spec;
  spec.hello.library = path;
  spec.limits = home.limits;
  spec.program = program_of(path, !sha256.empty());
  spec.library = library->get();
  spec.load = home.load;
  NoServices services;
  std::string last_words;
  PrintedLines lines([&](std::string_view, std::string_view line) { last_words = line; });
  auto process = RunnerProcess::start(*home.launcher, spec, services, lines);
  if (!process) {
    const std::string said = last_words.empty() ? "" : "; the last that it printed: " + last_words;
    return Error{process.error().failure, "loading plugin " + path + ": " + process.error().message + said};
  }
  std::vector<PluginDescription> plugins;
  for (const wire::Descriptor& descriptor : (*process)->ready().plugins) {
    plugins.push_back(description_of(descriptor));
    if (auto sound = check_description(plugins.back()); !sound) return sound.error().during("loading plugin " + path);
  }
  return plugins;
}

}  // namespace vestitel
