#include "sdk/tools/check/loaded.hpp"

#include <dlfcn.h>

#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/json_text.hpp"
#include "core/base/safe_text.hpp"
#include "sdk/tools/program/program.hpp"

namespace vestitel::check {
namespace {

using Json = nlohmann::json;

constexpr std::uint32_t kMaxPlugins = 64;
constexpr std::uint64_t kMaxText = 4096, kMaxJson = std::uint64_t{1} << 20;

std::string text(vestitel_str from, std::uint64_t most) {
  if (from.n == 0 || from.p == nullptr) return {};
  std::string out(from.p, static_cast<std::size_t>(std::min(from.n, most)));
  return is_utf8(out) ? out : std::string();
}

Json described(const vestitel_descriptor& d) {
  return {{"id", text(d.id, kMaxText)},
          {"name", text(d.name, kMaxText)},
          {"version", text(d.version, kMaxText)},
          {"vendor", text(d.vendor, kMaxText)},
          {"license", text(d.license, kMaxText)},
          {"schema", text(d.config_schema_json, kMaxJson)},
          {"capabilities", text(d.capabilities_json, kMaxJson)},
          {"kind", d.kind},
          {"flags", d.flags}};
}

Json ask(const std::string& path, const std::string& plugin_id) {
  std::string why;
  const vestitel_entry* entry = Loaded::open(path, why);
  if (entry == nullptr) return {{"problem", why}};
  if (why = entry_problem(*entry); !why.empty()) return {{"problem", why}};
  if (entry->init(vestitel_str{".", 1}) < 0) return {{"problem", "its init failed"}};
  const std::uint32_t count = entry->count();
  if (count == 0 || count > kMaxPlugins)
    return {{"problem", "it says that it holds " + std::to_string(count) + " plugins"}};
  Json answer;
  Json ids = Json::array();
  for (std::uint32_t i = 0; i < count; ++i) {
    const vestitel_descriptor* d = entry->describe(i);
    if (d == nullptr || d->size < sizeof(vestitel_descriptor))
      return {{"problem", "a descriptor is missing or too small"}};
    const std::string id = text(d->id, kMaxText);
    ids.push_back(id);
    if (answer.is_null() && (plugin_id.empty() || plugin_id == id)) answer = described(*d);
  }
  if (answer.is_null()) return {{"problem", "it holds no plugin " + plugin_id}};
  answer["ids"] = ids;
  answer["count"] = count;
  return answer;
}

}  // namespace

const vestitel_entry* Loaded::open(const std::string& path, std::string& why, void** handle) {
  if (is_program(path)) {
    const auto entry = program_entry(path);
    if (!entry) why = entry.error().message;
    return entry ? *entry : nullptr;
  }
  void* library = nullptr;
  try {  // border: a static initializer may throw
    library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  } catch (...) {
    why = "a static initializer threw an exception";
    return nullptr;
  }
  if (handle != nullptr) *handle = library;
  if (library == nullptr) {
    const char* words = ::dlerror();
    why = words == nullptr ? "it does not load" : words;
    return nullptr;
  }
  const void* entry = ::dlsym(library, "vestitel_plugin_entry_v1");
  if (entry == nullptr) why = "it exports no vestitel_plugin_entry_v1";
  return static_cast<const vestitel_entry*>(entry);
}

std::string entry_problem(const vestitel_entry& entry) {
  if (entry.magic != VESTITEL_MAGIC) return "its magic number is not that of a plugin";
  if (entry.abi_major != VESTITEL_ABI_MAJOR) return "it is built for ABI major " + std::to_string(entry.abi_major);
  if (entry.min_host_minor > VESTITEL_ABI_MINOR)
    return "it needs host ABI 1." + std::to_string(entry.min_host_minor) + ", this kit has 1." +
           std::to_string(VESTITEL_ABI_MINOR);
  if (entry.size < sizeof(vestitel_entry)) return "its entry is smaller than that of ABI 1.0";
  if (entry.init == nullptr || entry.deinit == nullptr || entry.count == nullptr || entry.describe == nullptr ||
      entry.create == nullptr)
    return "a function of its entry is null";
  return {};
}

const vestitel_entry* load(Trial& trial) {
  trial.at("loading the library");
  on_program_end([&trial](std::string_view end) { trial.beside("the program " + std::string(end)); });
  std::string why;
  const vestitel_entry* entry = Loaded::open(trial.subject.library, why);
  if (entry != nullptr) why = entry_problem(*entry);
  if (!trial.expect(why.empty(), "a library that loads", why)) return nullptr;
  const bool ready = entry->init(vestitel_str{".", 1}) >= 0;
  trial.at("");
  return trial.expect(ready, "init to answer OK", "an error") ? entry : nullptr;
}

int describe_into(const Subject& subject, const Options& options, const std::string& answer) {
  const std::string said = ask(subject.library, options.plugin_id).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::ofstream(answer, std::ios::binary) << said;
  return 0;
}

void take_description(const std::string& answer, Subject& into) {
  const Json json = Json::parse(answer, nullptr, false);
  const auto text_at = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto number_at = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number_unsigned() ? found->get<std::uint32_t>() : 0U;
  };
  if (!json.is_object()) {
    into.not_described = "its answer makes no sense";
    return;
  }
  if (into.not_described = safe_text(text_at("problem")); !into.not_described.empty()) return;
  Described& d = into.described;
  d.id = text_at("id");
  d.name = text_at("name");
  d.version = text_at("version");
  d.vendor = text_at("vendor");
  d.license = text_at("license");
  d.schema_json = text_at("schema");
  d.capabilities_json = text_at("capabilities");
  d.kind = number_at("kind");
  d.flags = number_at("flags");
  d.count = number_at("count");
  if (const auto ids = json.find("ids"); ids != json.end() && ids->is_array())
    for (const Json& id : *ids)
      if (id.is_string()) d.ids.push_back(id.get<std::string>());
}

}  // namespace vestitel::check
