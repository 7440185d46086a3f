#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/config/config.hpp"
#include "core/config/file_readers.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kMaxYaml = 1 << 20;
constexpr std::size_t kMaxTemplate = 64 << 10;

// Loads file by file; keeps what every file needs.
class Loader {
 public:
  Loader(std::string folder, const Environment& environment)
      : folder_(std::move(folder)),
        absolute_(std::filesystem::absolute(folder_).lexically_normal().string()),
        environment_(environment),
        references_(environment) {}

  ConfigOutcome load() {
    outcome_.config.folder = folder_;
    main_file();
    instances();
    check_drop_folders(outcome_.config, environment_, outcome_.errors);
    check_prices(outcome_.config, outcome_.errors);
    routes_file();
    for (const auto locale : kLocales) templates(std::string(locale));
    return std::move(outcome_);
  }

 private:
  Reading reading(ConfigFile kind, const std::string& name) {
    return {kind, folder_ + "/" + name, absolute_, references_, outcome_.errors};
  }

  void report(const std::string& name, const std::string& found, const std::string& allowed) {
    outcome_.errors.push_back({{folder_ + "/" + name, 0, 0}, "", found, allowed});
  }

  std::optional<std::string> bytes(const std::string& name, std::size_t most) {
    auto file = environment_.read(folder_ + "/" + name, most);
    if (file) return std::move(file->bytes);
    const bool missing = file.error().failure == Failure::kNotFound;
    report(name, (missing ? "nothing: " : "a file that cannot be used: ") + file.error().message,
           "a file of at most " + std::to_string(most >> 10) + " KiB that this user may read");
    return std::nullopt;
  }

  std::optional<YamlNode> tree(const std::string& name) {
    const auto text = bytes(name, kMaxYaml);
    if (!text) return std::nullopt;
    return parse_yaml(*text, folder_ + "/" + name, outcome_.errors);
  }

  void main_file() {
    auto root = tree("vestitel.yaml");
    if (!root) root = YamlNode{};
    Reading at = reading(ConfigFile::kMain, "vestitel.yaml");
    read_main(at, *root, environment_, references_, outcome_.config);
  }

  void instances() {
    const auto names = environment_.list(folder_ + "/plugins.d");
    if (!names) {
      if (names.error().failure != Failure::kNotFound) report("plugins.d", names.error().message, "a readable folder");
      return;
    }
    for (const auto& name : *names) {
      if (name.ends_with(".yml")) report("plugins.d/" + name, "a name that ends in .yml", "a name that ends in .yaml");
      if (name.ends_with(".yaml") && !name.starts_with('.')) instance_file("plugins.d/" + name);
    }
  }

  void instance_file(const std::string& name) {
    const auto root = tree(name);
    if (!root) return;
    Reading at = reading(ConfigFile::kInstance, name);
    Instance instance = read_instance(at, *root);
    if (const Instance* twin = outcome_.config.find(instance.id)) {
      std::string found = '"' + instance.id;
      found.append("\", which ").append(twin->place.file).append(" has already");
      outcome_.errors.push_back({instance.place, "id", std::move(found), "each id once"});
    }
    outcome_.config.instances.push_back(std::move(instance));
  }

  void routes_file() {
    if (!environment_.facts(folder_ + "/routes.yaml").ok()) return;  // the built-in route tells everything
    const auto root = tree("routes.yaml");
    if (!root) return;
    Reading at = reading(ConfigFile::kRoutes, "routes.yaml");
    outcome_.config.routes = read_routes(at, *root);
  }

  void templates(const std::string& locale) {
    const std::string folder = "templates/" + locale;
    const auto names = environment_.list(folder_ + "/" + folder);
    if (!names) return report(folder, names.error().message, "a folder of templates, NAME.mustache");
    for (const auto& name : *names)
      if (name.ends_with(".mustache") && !name.starts_with('.')) template_file(folder + "/" + name, name, locale);
  }

  void template_file(const std::string& path, std::string name, const std::string& locale) {
    TemplateSource source;
    name.resize(name.size() - std::string_view(".mustache").size());
    if (const std::size_t dot = name.find('.'); dot != std::string::npos) {
      source.channel = channel(name.substr(dot + 1));
      if (!source.channel)
        return report(path, "a second part of the name that is no channel",
                      "NAME.mustache or NAME.CHANNEL.mustache with email, sms, push, webhook or file");
      name.resize(dot);
    }
    if (!is_instance_id(name)) return report(path, "a name of other characters", "one to 40 of a-z, 0-9 and -");
    auto text = bytes(path, kMaxTemplate);
    if (!text) return;
    source.name = std::move(name);
    source.locale = locale;
    source.file = folder_ + "/" + path;
    source.text = std::move(*text);
    outcome_.config.templates.push_back(std::move(source));
  }

  const std::string folder_, absolute_;
  const Environment& environment_;
  References references_;
  ConfigOutcome outcome_;
};

}  // namespace

const Instance* HubConfig::find(std::string_view id) const {
  const auto same = [&](const Instance& instance) { return !id.empty() && instance.id == id; };
  const auto found = std::find_if(instances.begin(), instances.end(), same);
  return found == instances.end() ? nullptr : &*found;
}

bool is_instance_id(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), allowed);
}

ConfigOutcome load_config(const std::string& path, const Environment& environment) {
  std::filesystem::path folder(path);
  if (folder.filename() == "vestitel.yaml") folder = folder.parent_path();
  if (folder.filename().empty() && folder.has_relative_path()) folder = folder.parent_path();
  if (folder.empty()) folder = ".";
  return Loader(folder.string(), environment).load();
}

}  // namespace vestitel
