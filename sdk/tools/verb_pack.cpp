// plugin pack: a built library or program and what belongs to it as a package. It is asked, in a child, what it is.
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "core/base/os_error.hpp"
#include "core/plugin/package/files.hpp"
#include "core/plugin/package/pack.hpp"
#include "core/plugin/package/package.hpp"
#include "core/plugin/package/signature.hpp"
#include "sdk/tools/describe_library.hpp"
#include "sdk/tools/package_support.hpp"
#include "sdk/tools/program/program.hpp"
#include "sdk/tools/project.hpp"
#include "sdk/tools/verbs.hpp"

namespace vestitel {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxFile = 200'000'000;

struct PackOptions {
  std::string library, publisher, key, out, id, license, sbom, glibc;
  std::vector<std::string> samples, docs;
};

Result<> add_file(std::vector<PackFile>& files, const std::string& path, const std::string& name) {
  auto content = read_plain_file(path, kMaxFile);
  if (!content) return content.error();
  files.push_back({name, std::move(*content), false});
  return Done{};
}

// A file, or the files of a folder and those below it, under `into`/.
Result<> add_tree(std::vector<PackFile>& files, const std::string& from, const std::string& into) {
  std::error_code failed;
  if (!fs::is_directory(from, failed)) return add_file(files, from, into + '/' + fs::path(from).filename().string());
  std::vector<fs::path> found;
  for (auto it = fs::recursive_directory_iterator(from, failed); !failed && it != fs::end(it); it.increment(failed))
    if (it->is_regular_file() && !it->is_symlink()) found.push_back(it->path());
  if (failed) return {Failure::kIo, "reading " + from + ": " + failed.message()};
  std::sort(found.begin(), found.end());
  for (const auto& path : found)
    if (auto done = add_file(files, path.string(), into + '/' + fs::relative(path, from).string()); !done) return done;
  return Done{};
}

void add_words(std::vector<std::string>& to, const std::vector<std::string>& more) {
  for (const auto& one : more)
    if (std::find(to.begin(), to.end(), one) == to.end()) to.push_back(one);
}

// What a plugin of this kind sees by its nature; what it emits beside that, it has to say.
void add_data_classes(Manifest& manifest, const PackagedPlugin& plugin, const AskedByPlugin& asked) {
  const bool source = plugin.reader || plugin.feed;
  if (!asked.read.empty())
    add_words(manifest.data_read, asked.read);
  else
    add_words(manifest.data_read,
              source ? std::vector<std::string>{"identity", "health"} : std::vector<std::string>{"contact"});
  if (!asked.emitted.empty() || !source)
    add_words(manifest.data_emitted, asked.emitted);
  else
    add_words(manifest.data_emitted, {"identity", "health"});
}

Result<> add_plugin(Manifest& manifest, const PackagedPlugin& plugin) {
  const auto asked = parse_capabilities(plugin.capabilities);
  if (!asked) return asked.error().during("plugin " + plugin.id);
  Capabilities& all = manifest.capabilities;
  add_words(all.network, asked->capabilities.network);
  add_words(all.secrets, asked->capabilities.secrets);
  add_words(all.services, asked->capabilities.services);
  add_words(all.write, asked->capabilities.write);
  add_words(all.files, asked->capabilities.files);
  add_words(all.libraries, asked->capabilities.libraries);
  all.kv_bytes = std::max(all.kv_bytes, asked->capabilities.kv_bytes);
  add_data_classes(manifest, plugin, *asked);
  if (plugin.reader) add_words(manifest.kinds, {"reader"});
  if (plugin.feed) add_words(manifest.kinds, {"feed"});
  if (plugin.sink) add_words(manifest.kinds, {"sink"});
  return Done{};
}

// A program that an interpreter reads, on whatever machine.
bool is_script(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char head[2] = {};
  return file.read(head, sizeof head) && head[0] == '#' && head[1] == '!';
}

Result<Manifest> manifest_of(const LibraryFacts& facts, const PackOptions& options) {
  Manifest manifest;
  manifest.id = options.id.empty() ? facts.plugins.front().id : options.id;
  manifest.version = facts.plugins.front().version;
  manifest.abi_major = facts.abi_major;
  manifest.abi_minor = facts.abi_minor;
  manifest.abi_needs_minor = facts.needs_minor;
  const bool program = is_program(options.library), script = program && is_script(options.library);
  manifest.platform = script ? std::string(kAnyPlatform) : HostFacts::own().platform;
  // A program keeps its name: its interpreter may want the ending.
  manifest.library = "lib/" + manifest.platform + '/' +
                     (program ? fs::path(options.library).filename().string() : std::string("plugin.so"));
  manifest.publisher = options.publisher;
  manifest.created = std::chrono::floor<std::chrono::seconds>(SystemClock().now());
  for (const auto& plugin : facts.plugins)
    if (auto done = add_plugin(manifest, plugin); !done) return done.error();
  const auto library = open_plain_file(options.library);
  if (!library) return library.error();
  auto glibc = options.glibc;
  if (glibc.empty() && script) glibc = "2.0";  // any
  if (glibc.empty()) {
    auto least = least_glibc(library->get());
    if (!least) return least.error();
    glibc = std::move(*least);
  }
  manifest.glibc = std::move(glibc);
  return manifest;
}

Result<std::vector<PackFile>> files_of(const Manifest& manifest, const LibraryFacts& facts,
                                       const PackOptions& options) {
  std::vector<PackFile> files;
  if (auto done = add_file(files, options.library, manifest.library); !done) return done.error();
  files.front().executable = true;
  if (facts.plugins.size() == 1) files.push_back({"schema.json", facts.plugins.front().config_schema, false});
  for (const auto& one : options.samples)
    if (auto done = add_tree(files, one, "samples"); !done) return done.error();
  for (const auto& one : options.docs)
    if (auto done = add_tree(files, one, "docs"); !done) return done.error();
  if (!options.license.empty())
    if (auto done = add_file(files, options.license, "LICENSE"); !done) return done.error();
  if (!options.sbom.empty())
    if (auto done = add_file(files, options.sbom, "SBOM"); !done) return done.error();
  return files;
}

// A project's folder instead of a library: what its plugin.json names, and what usually lies beside it.
Result<> take_project(PackOptions& options) {
  std::error_code failed;
  if (!fs::is_directory(options.library, failed)) return Done{};
  const auto project = find_project(options.library);
  if (!project) return project.error();
  options.library = project->path_of(project->library);
  if (fs::is_directory(project->path_of("samples"), failed)) options.samples.push_back(project->path_of("samples"));
  if (fs::is_directory(project->path_of("docs"), failed)) options.docs.push_back(project->path_of("docs"));
  for (const char* name : {"LICENSE", "SBOM"}) {
    std::string& option = name[0] == 'L' ? options.license : options.sbom;
    if (option.empty() && fs::is_regular_file(project->path_of(name), failed)) option = project->path_of(name);
  }
  return Done{};
}

// A program is asked as it will lie in the package: alone. What it would miss there it misses here.
Result<LibraryFacts> describe_alone(const std::string& path) {
  if (!is_program(path)) return describe_library(path);
  std::string folder = (fs::temp_directory_path() / "vestitel-plugin-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return {Failure::kIo, "making a folder for a copy: " + os_error()};
  std::error_code failed, ignored;
  const std::string copy = folder + '/' + fs::path(path).filename().string();
  fs::copy_file(path, copy, failed);
  if (!failed) fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_exec, failed);
  auto facts =
      failed ? Result<LibraryFacts>{Failure::kIo, "copying " + path + ": " + failed.message()} : describe_library(copy);
  fs::remove_all(folder, ignored);
  if (facts) return facts;
  return {facts.error().failure,
          facts.error().message + " (it was tried alone: a package holds one file of a program)"};
}

int pack(ToolOutcome& outcome, PackOptions options) {
  if (auto taken = take_project(options); !taken) return package_fail(outcome, taken.error());
  const auto facts = describe_alone(options.library);
  if (!facts) return package_fail(outcome, facts.error());
  const auto manifest = manifest_of(*facts, options);
  if (!manifest) return package_fail(outcome, manifest.error().during("packing " + options.library));
  auto files = files_of(*manifest, *facts, options);
  if (!files) return package_fail(outcome, files.error());
  SecretKey key;
  if (!options.key.empty()) {
    auto read = read_private_key(options.key);
    if (!read) return package_fail(outcome, read.error());
    key = std::move(*read);
  }
  std::string out = options.out.empty() ? package_file_name(*manifest) : options.out;
  std::error_code failed;
  if (fs::is_directory(out, failed)) out += '/' + package_file_name(*manifest);
  const auto done = write_output(out, [&](const ByteSink& to) {
    return write_package(*manifest, facts->plugins, std::move(*files), options.key.empty() ? nullptr : &key, to);
  });
  if (!done) return package_fail(outcome, done.error().during("packing " + options.library));
  nlohmann::ordered_json line = {{"package", out}, {"signed", !options.key.empty()}};
  line.update(json_of(*manifest));
  return say(outcome, line, out + (options.key.empty() ? ": packed, not signed\n" : ": packed and signed\n"));
}

}  // namespace

void add_pack_verb(CLI::App& group, ToolOutcome& outcome) {
  const auto options = std::make_shared<PackOptions>();
  auto* verb = add_tool_verb(group, outcome, "pack", "make a .vplugin of a built library or program",
                             [&outcome, options] { return pack(outcome, *options); });
  verb->add_option("library", options->library,
                   "the plugin's .so file or program, or the folder of its project, built; it is run to ask what it is")
      ->required();
  auto* publisher = verb->add_option("--publisher", options->publisher, "your publisher id, as the Fund has given it");
  verb->add_option("--key", options->key, "sign it at once with this private key")->needs(publisher);
  verb->add_option("--id", options->id, "id of the package, where the library holds several plugins");
  verb->add_option("--sample", options->samples,
                   "a sample input or expected events, or a folder of them; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--doc", options->docs, "a page or a folder of them; may be repeated")->allow_extra_args(false);
  verb->add_option("--license", options->license, "the licence's text");
  verb->add_option("--sbom", options->sbom, "a software bill of materials");
  verb->add_option("--glibc", options->glibc, "least glibc (default: what the library's symbols need)");
  verb->add_option("-o,--out", options->out, "file or folder to write (default: ID-VERSION-PLATFORM.vplugin)");
}

}  // namespace vestitel
