#include "core/plugin/package/store_state.hpp"

#include "core/plugin/package/json_fields.hpp"
#include "core/plugin/package/refusal.hpp"

namespace vestitel {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMaxGrants = 400, kMaxGrant = 300;

Error damaged(const std::string& what, const std::string& why) {
  return refused(Refusal::kDamagedStore, "reading " + what + ": " + why);
}

void read_format(JsonFields& fields) {
  std::uint64_t format = 0;
  fields.number("format", format, 1'000);
  if (format != 1) fields.fail("format", "this version reads format 1");
}

}  // namespace

std::string to_json(const PluginState& state) {
  return ordered_json{{"format", 1},
                      {"id", state.id},
                      {"enabled", state.enabled},
                      {"rolled_back", state.rolled_back},
                      {"active", state.active},
                      {"previous", state.previous},
                      {"highest", state.highest},
                      {"granted", state.granted},
                      {"previous_granted", state.previous_granted}}
             .dump(1, '\t') +
         "\n";
}

Result<PluginState> parse_state(std::string_view text) {
  const auto parsed = parse_json(text);
  if (!parsed) return damaged("a plugin's state", parsed.error().message);
  PluginState state;
  JsonFields fields(*parsed);
  read_format(fields);
  fields.text("id", state.id, 128);
  fields.flag("enabled", state.enabled);
  fields.flag("rolled_back", state.rolled_back);
  fields.text("active", state.active, 64);
  fields.text("previous", state.previous, 64);
  fields.text("highest", state.highest, 64);
  fields.texts("granted", state.granted, kMaxGrants, kMaxGrant);
  fields.texts("previous_granted", state.previous_granted, kMaxGrants, kMaxGrant);
  if (auto fine = fields.end(); !fine) return damaged("a plugin's state", fine.error().message);
  return state;
}

std::string store_json(const std::string& installation, const TrustPolicy& policy) {
  ordered_json out = {{"format", 1},
                      {"installation", installation},
                      {"least_level", to_text(policy.least)},
                      {"development", policy.local_dev}};
  if (policy.roots) out["roots"] = *policy.roots;
  return out.dump(1, '\t') + "\n";
}

Result<> parse_store(std::string_view text, std::string& installation, TrustPolicy& policy) {
  const auto parsed = parse_json(text);
  if (!parsed) return damaged("store.json", parsed.error().message);
  std::string level;
  std::vector<std::string> roots;
  JsonFields fields(*parsed);
  read_format(fields);
  fields.text("installation", installation, 32);
  fields.text("least_level", level, 16);
  fields.flag("development", policy.local_dev);
  const bool some = fields.has("roots");
  fields.optional_texts("roots", roots, 1'000);
  const auto least = level_of(level);
  if (!least) fields.fail("least_level", "a level is expected");
  if (auto fine = fields.end(); !fine) return damaged("store.json", fine.error().message);
  policy.least = *least;
  if (some) policy.roots = std::move(roots);
  return Done{};
}

std::string installed_json(Instant when) {
  return ordered_json{{"format", 1}, {"installed", to_second(when)}}.dump(1, '\t') + "\n";
}

Result<Instant> parse_installed(std::string_view text) {
  const auto parsed = parse_json(text);
  if (!parsed) return damaged("installed.json", parsed.error().message);
  Instant when;
  JsonFields fields(*parsed);
  read_format(fields);
  fields.instant("installed", when);
  if (auto fine = fields.end(); !fine) return damaged("installed.json", fine.error().message);
  return when;
}

}  // namespace vestitel
