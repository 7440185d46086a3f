#include "sdk/tools/describe_library.hpp"

#include <sys/stat.h>
#include <vestitel/abi.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/plugin/library.hpp"
#include "sdk/tools/answer_of_child.hpp"
#include "sdk/tools/program/program.hpp"

namespace vestitel {
namespace {

using nlohmann::json;

TrustedOwners owners_of(const std::filesystem::path& path) {
  TrustedOwners owners = TrustedOwners::own();
  for (auto at = path; at != at.root_path(); at = at.parent_path()) {
    struct stat status {};
    if (::stat(at.c_str(), &status) == 0) owners.ids.push_back(status.st_uid);
  }
  return owners;
}

json facts_of(const PluginLibrary& library) {
  json plugins = json::array();
  for (const auto& p : library.plugins())
    plugins.push_back({p.id, p.name, p.vendor, p.version, p.license, p.url, p.config_schema, p.capabilities, p.reader,
                       p.feed, p.sink, p.concurrent, p.needs_net, p.idempotent});
  const auto& entry = library.entry();
  return {{"plugins", plugins}, {"abi", {entry.abi_major, entry.abi_minor, entry.min_host_minor}}};
}

LibraryFacts read_facts(const std::string& text) {
  const json parsed = json::parse(text);
  LibraryFacts out;
  out.abi_major = parsed["abi"][0], out.abi_minor = parsed["abi"][1], out.needs_minor = parsed["abi"][2];
  for (const auto& p : parsed["plugins"])
    out.plugins.push_back({p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11], p[12], p[13]});
  return out;
}

}  // namespace

Result<LibraryFacts> describe_library(const std::string& path) {
  std::error_code failed;
  const auto whole = std::filesystem::canonical(path, failed);
  if (failed) return {Failure::kNotFound, "reading library " + path + ": " + failed.message()};
  const auto owners = owners_of(whole);
  AnswerLimits limits;
  limits.nobody = false;
  const auto ask = [&]() -> Result<std::string> {
    const auto library = load_plugin(whole.string(), owners);
    if (!library) return library.error();
    return facts_of(**library).dump();
  };
  const auto said = answer_of_child(ask, limits);
  if (!said) return said.error().during("asking library " + path + " what it is");
  try {  // border: the child's answer is a stranger's as well
    return read_facts(*said);
  } catch (const json::exception&) {
    return {Failure::kInvalid, "asking library " + path + " what it is: its answer makes no sense"};
  }
}

}  // namespace vestitel
