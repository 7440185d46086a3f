// D, settings: 31 to 35, and A's checks of the schema: 11 to 14.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>

#include "sdk/tools/check/checks.hpp"
#include "sdk/tools/check/quiet.hpp"
#include "sdk/tools/check/schema_rules.hpp"
#include "sdk/tools/check/stage.hpp"

namespace vestitel::check {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMiB = 1 << 20;

// A value of another type than the schema names.
const char* other_type(const Property& property) { return property.type == "string" ? "12345" : "\"twelve\""; }

std::string other_choice(const Property& property) {
  return property.type == "integer" || property.type == "number" || property.type == "boolean" ? "{\"a\":1}" : "[1,2]";
}

// An instance that exists and is not configured yet. Null: skipped.
std::unique_ptr<Rig> created(Trial& trial) {
  const vestitel_entry* entry = load(trial);
  if (entry == nullptr) return nullptr;
  auto rig = std::make_unique<Rig>(trial, *entry);
  rig->secrets = secrets_for(trial);
  if (!rig->create().ok() || !rig->alive()) {
    trial.skip("no instance of it is created here");
    return nullptr;
  }
  return rig;
}

// E_CONFIG at the key, for settings that a host would never let pass.
bool refused_at(Trial& trial, Rig& rig, const std::string& settings, const std::string& key, const std::string& what) {
  trial.at("configuring with " + what);
  const Called called = rig.configure(settings);
  if (!trial.expect(called.rc == VESTITEL_E_CONFIG, "E_CONFIG", called.text())) return false;
  const std::string path = "/" + key;
  const bool right = called.field_path == path || called.field_path.rfind(path + "/", 0) == 0;
  return trial.expect(right, "the field path " + path, called.field_path.empty() ? "none" : called.field_path);
}

std::string nested(std::size_t depth) {
  std::string out;
  for (std::size_t i = 0; i < depth; ++i) out += i % 2 == 0 ? "{\"a\":" : "[";
  return out;  // never closed: a parser that recurses meets its end before it meets the end of the text
}

}  // namespace

void check_schema(Trial& trial) {
  const std::string problem = schema_problem(trial.subject.described.schema_json);
  if (trial.subject.described.schema_json == "{}") return;
  trial.expect(problem.empty(), "a schema of the supported subset", problem);
}

void check_schema_values(Trial& trial) {
  if (!schema_problem(trial.subject.described.schema_json).empty())
    return static_cast<void>(trial.skip("the schema itself cannot be used (check 11)"));
  const std::string problem = schema_values_problem(trial.subject.described.schema_json);
  trial.expect(problem.empty(), "defaults and examples that their own schema takes", problem);
}

void check_secret_keys(Trial& trial) {
  static const std::regex kSecret(
      "(^|[_-])(pass(word|wd|phrase)?|secret|token|api[_-]?key|private[_-]?key|credentials?|pin)$", std::regex::icase);
  for (const Property& property : properties(trial.subject)) {
    const bool looks = property.type == "string" && std::regex_search(property.name, kSecret);
    trial.advise(!looks || property.secret, "x-secret at a key that looks like a secret", property.name);
  }
}

void check_version(Trial& trial) {
  const std::string& version = trial.subject.described.version;
  const auto now = semver(version);
  if (!trial.expect(now.has_value(), "a version such as 1.2.3 or 1.2.3-rc.1 (semver)", version)) return;
  const std::string& before = trial.subject.spec.previous_version;
  if (before.empty()) return;
  const auto then = semver(before);
  if (!then) return static_cast<void>(trial.skip("the previous release has no semver: " + before));
  trial.expect(newer(*now, *then), "a version above " + before, version);
}

void check_sample_settings(Trial& trial) {
  const auto rig = created(trial);
  if (rig == nullptr) return;
  trial.at(trial.subject.settings.empty() ? "configuring with what the schema's defaults and examples give"
                                          : "configuring with samples/settings.json");
  const std::string settings = settings_for(trial);
  const std::string problem = schema_refuses(trial.subject.described.schema_json, settings);
  if (!trial.expect(problem.empty(), "sample settings that the schema takes", problem)) return;
  const Called called = rig->configure(settings);
  if (!trial.expect(called.ok(), "OK", called.text())) return;
  trial.at("starting");
  const Called started = rig->start();
  std::string which;
  if (!started.ok() && lacks_service(*rig, which))
    return static_cast<void>(trial.skip("it asks for " + which + ", which this kit does not serve yet"));
  trial.expect(started.ok(), "OK", started.text());
  end(*rig);
}

void check_bad_settings(Trial& trial) {
  const auto all = properties(trial.subject);
  if (all.empty()) return static_cast<void>(trial.skip("it has no settings"));
  const auto rig = created(trial);
  if (rig == nullptr) return;
  const std::string good = settings_for(trial);
  if (!rig->configure(good).ok()) return static_cast<void>(trial.skip("its sample does not configure (check 31)"));
  for (const Property& property : all) {
    if (property.secret) continue;
    if (property.required &&
        !refused_at(trial, *rig, with_key(good, property.name, ""), property.name, "no " + property.name))
      return;
    if (property.type.empty()) continue;
    const std::string where = property.name + " of another type";
    if (!refused_at(trial, *rig, with_key(good, property.name, other_type(property)), property.name, where)) return;
    if (!refused_at(trial, *rig, with_key(good, property.name, other_choice(property)), property.name, where)) return;
  }
  trial.at("configuring with good settings after bad ones");
  const Called again = rig->configure(good);
  trial.expect(again.ok(), "OK", again.text());
}

void check_hostile_settings(Trial& trial) {
  const auto rig = created(trial);
  if (rig == nullptr) return;
  const std::string good = settings_for(trial);
  const auto survives = [&](const char* what, const std::string& settings) {
    trial.at(std::string("configuring with ") + what);
    return trial.expect(!rig->configure(settings).threw, "a code", "an exception over the border");
  };
  bool well = survives("an unknown key", with_key(good, "no_such_key", "1")) && survives("nothing", "") &&
              survives("no object", "[1,2]") && survives("bytes that are not UTF-8", "{\"a\":\"\xFF\xFE\"}") &&
              survives("a key twice", "{\"a\":1,\"a\":2}") &&
              survives("half an object", good.substr(0, good.size() / 2)) &&
              survives("200,000 open brackets", nested(200'000)) &&
              survives("200,000 open brackets under a key", "{\"a\":" + nested(200'000)) &&
              survives("a number of 1 MiB", "{\"a\":" + std::string(kMiB, '9') + "}");
  for (const Property& property : properties(trial.subject))
    well = well && survives("a text of 1 MiB", with_key(good, property.name, "\"" + std::string(kMiB, 'x') + "\""));
  for (int i = 0; well && i < 200; ++i) {
    std::string bytes = good;
    for (int n = 0; n < 3 && !bytes.empty(); ++n)
      bytes[trial.random() % bytes.size()] = static_cast<char>(trial.random());
    well = survives("changed bytes", bytes);
  }
}

void check_configure_quiet(Trial& trial) {
  const auto rig = created(trial);
  if (rig == nullptr) return;
  const std::string settings = settings_for(trial);
  rig->configure(settings);  // lazy set-up of the C library (locales, name tables) belongs to the process
  trial.at("configuring with every system call that reaches outside trapped");
  if (!trap_calls()) return static_cast<void>(trial.skip("the machine lets no system calls be trapped"));
  const Called called = rig->configure(settings);
  const std::string seen = trapped_call();
  untrap_reports();
  trial.expect(seen.empty(), "no call of the system beyond memory and time", seen);
  if (!trial.failed() && !called.ok()) trial.skip("its sample does not configure (check 31)");
}

void check_both_ways(Trial& trial) {
  const Spec& spec = trial.subject.spec;
  if (spec.bad_settings.empty() && spec.bad_secrets.empty())
    return static_cast<void>(
        trial.skip("nothing says what must fail: put `bad_settings` or `bad_secrets` into samples/check.json"));
  const auto rig = created(trial);
  if (rig == nullptr) return;
  trial.at("`check` with good settings");
  Called called = rig->configure(settings_for(trial));
  if (!called.ok()) return static_cast<void>(trial.skip("its sample does not configure (check 31)"));
  called = rig->check();
  std::string which;
  if (!called.ok() && lacks_service(*rig, which))
    return static_cast<void>(trial.skip("it asks for " + which + ", which this kit does not serve yet"));
  if (!trial.expect(called.ok(), "OK", called.text())) return;
  trial.at("`check` with bad ones");
  Rig bad(trial, *load(trial));
  bad.secrets = secrets_for(trial);
  for (const auto& [name, value] : spec.bad_secrets) bad.secrets[name] = value;
  if (!bad.create().ok() || !bad.alive()) return;
  called = bad.configure(settings_for(trial, spec.bad_settings));
  if (!trial.expect(called.ok(), "bad settings that configure takes, so that `check` is asked", called.text())) return;
  called = bad.check();
  trial.expect(!called.ok() && !called.threw, "an error", called.ok() ? "OK" : called.text());
}

}  // namespace vestitel::check
