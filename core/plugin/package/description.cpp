// plugin.json, and what plugins ask for in the words of people.
#include <algorithm>

#include "core/plugin/package/json_fields.hpp"
#include "core/plugin/package/manifest.hpp"
#include "core/plugin/package/refusal.hpp"

namespace vestitel {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxPlugins = 64, kMaxText = 1024, kMaxSchema = 1UL << 20;

bool below(std::string_view id, std::string_view package) {
  return id == package || (id.size() > package.size() && id.starts_with(package) && id[package.size()] == '.');
}

PackagedPlugin read_plugin(JsonFields& outer, const json& object) {
  JsonFields fields(object);
  PackagedPlugin plugin;
  std::vector<std::string> kinds, flags;
  fields.text("id", plugin.id, 128);
  fields.text("name", plugin.name, kMaxText);
  fields.text("vendor", plugin.vendor, kMaxText);
  fields.text("version", plugin.version, 64);
  fields.text("license", plugin.license, kMaxText);
  fields.text("url", plugin.url, kMaxText);
  fields.text("config_schema", plugin.config_schema, kMaxSchema);
  fields.text("capabilities", plugin.capabilities, kMaxSchema);
  fields.texts("kinds", kinds, 3);
  fields.texts("flags", flags, 3);
  const auto take = [](std::vector<std::string>& words, std::string_view word) {
    return std::erase(words, std::string(word)) > 0;
  };
  plugin.reader = take(kinds, "reader"), plugin.feed = take(kinds, "feed"), plugin.sink = take(kinds, "sink");
  plugin.concurrent = take(flags, "concurrent"), plugin.needs_net = take(flags, "needs_net");
  plugin.idempotent = take(flags, "idempotent");
  if (!kinds.empty() || !flags.empty()) fields.fail("kinds", "a kind or a flag that is not known");
  if (auto fine = fields.end(); !fine) outer.fail("plugins", fine.error().message);
  return plugin;
}

std::string contradiction(const std::vector<PackagedPlugin>& plugins, const Manifest& manifest) {
  const auto says = [&](std::string_view kind) {
    return std::find(manifest.kinds.begin(), manifest.kinds.end(), kind) != manifest.kinds.end();
  };
  bool reader = false, feed = false, sink = false;
  for (const auto& plugin : plugins) {
    if (!below(plugin.id, manifest.id)) return "the id of a plugin does not begin with that of the package";
    if (plugin.version != manifest.version) return "a plugin has another version than the package";
    reader |= plugin.reader, feed |= plugin.feed, sink |= plugin.sink;
  }
  if (reader != says("reader") || feed != says("feed") || sink != says("sink"))
    return "its plugins are of other kinds than the manifest says";
  return "";
}

json words(std::initializer_list<std::pair<bool, const char*>> all) {
  json out = json::array();
  for (const auto& [on, word] : all)
    if (on) out.push_back(word);
  return out;
}

}  // namespace

Result<std::vector<PackagedPlugin>> parse_description(std::string_view text, const Manifest& manifest) {
  const auto bad = [](const std::string& why) { return refused(Refusal::kBadDescription, "plugin.json: " + why); };
  const auto parsed = parse_json(text);
  if (!parsed) return bad(parsed.error().message);
  JsonFields fields(*parsed);
  std::vector<PackagedPlugin> plugins;
  for (const json& one : fields.list("plugins", kMaxPlugins)) {
    PackagedPlugin plugin = read_plugin(fields, one);
    for (const auto& other : plugins)
      if (other.id == plugin.id) fields.fail("plugins", "two of them have one id");
    plugins.push_back(std::move(plugin));
  }
  if (plugins.empty()) fields.fail("plugins", "at least one is expected");
  if (auto fine = fields.end(); !fine) return bad(fine.error().message);
  if (const auto why = contradiction(plugins, manifest); !why.empty()) return bad(why);
  return plugins;
}

std::string to_json(const std::vector<PackagedPlugin>& plugins) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& p : plugins)
    list.push_back(
        {{"id", p.id},
         {"name", p.name},
         {"vendor", p.vendor},
         {"version", p.version},
         {"license", p.license},
         {"url", p.url},
         {"kinds", words({{p.reader, "reader"}, {p.feed, "feed"}, {p.sink, "sink"}})},
         {"flags", words({{p.concurrent, "concurrent"}, {p.needs_net, "needs_net"}, {p.idempotent, "idempotent"}})},
         {"config_schema", p.config_schema},
         {"capabilities", p.capabilities}});
  return nlohmann::ordered_json{{"plugins", list}}.dump(1, '\t') + "\n";
}

Result<AskedByPlugin> parse_capabilities(std::string_view text) {
  const auto parsed = parse_json(text.empty() ? "{}" : text);
  if (!parsed) return parsed.error().during("reading a plugin's capabilities");
  AskedByPlugin out;
  JsonFields fields(*parsed);
  fields.optional_texts("network", out.capabilities.network);
  fields.optional_texts("secrets", out.capabilities.secrets);
  fields.optional_texts("services", out.capabilities.services);
  fields.optional_texts("write", out.capabilities.write);
  fields.optional_texts("files", out.capabilities.files);
  fields.optional_texts("libraries", out.capabilities.libraries);
  fields.optional_number("kv_bytes", out.capabilities.kv_bytes, 1UL << 30);
  fields.optional_texts("reads", out.read, 4);
  fields.optional_texts("emits", out.emitted, 4);
  if (fields.has("attributes")) static_cast<void>(fields.object("attributes"));
  if (auto fine = fields.end(); !fine) return fine.error().during("reading a plugin's capabilities");
  return out;
}

std::vector<std::string> Capabilities::asks() const {
  std::vector<std::string> out;
  for (const auto& one : network) out.push_back("network:" + one);
  for (const auto& one : secrets) out.push_back("secret:" + one);
  for (const auto& one : services) out.push_back("service:" + one);
  for (const auto& one : write) out.push_back("write:" + one);
  for (const auto& one : files) out.push_back("file:" + one);
  for (const auto& one : libraries) out.push_back("library:" + one);
  if (kv_bytes > 0) out.push_back("kv:" + std::to_string(kv_bytes));
  return out;
}

Capabilities granted_of(const Capabilities& asked, const std::vector<std::string>& words) {
  const auto keep = [&](const char* prefix, const std::vector<std::string>& from) {
    std::vector<std::string> out;
    for (const auto& one : from)
      if (std::find(words.begin(), words.end(), prefix + one) != words.end()) out.push_back(one);
    return out;
  };
  Capabilities out{keep("network:", asked.network),
                   keep("secret:", asked.secrets),
                   keep("service:", asked.services),
                   keep("write:", asked.write),
                   keep("file:", asked.files),
                   keep("library:", asked.libraries),
                   0};
  if (std::find(words.begin(), words.end(), "kv:" + std::to_string(asked.kv_bytes)) != words.end())
    out.kv_bytes = asked.kv_bytes;
  return out;
}

}  // namespace vestitel
