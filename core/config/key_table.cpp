#include "core/config/key_table.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <vector>

#include "core/config/config.hpp"

namespace vestitel {
namespace {

constexpr std::string_view kMap = "a map of keys";
constexpr std::string_view kDuration = "a duration such as 500ms, 2s, 15m, 72h or 7d";
constexpr std::string_view kPatterns = "a pattern or a list of patterns, where * stands for any characters";

constexpr std::string_view kBudget =
    "what may leave in a day: a number of messages from 2, one of them kept for urgent ones, or an amount such as "
    "\"500 EUR\", more than 0; at most 1000000000";

constexpr auto kMain = ConfigFile::kMain;
constexpr auto kInstance = ConfigFile::kInstance;
constexpr auto kRoutes = ConfigFile::kRoutes;

constexpr KeyRow kRows[] = {
    {kMain, "store", "the path of the state folder"},
    {kMain, "keys", "the path of the master key file"},
    {kMain, "plugins", "the path of the folder that holds the plugin libraries"},
    {kMain, "http", kMap},
    {kMain, "http.ca_file", "the path of a file with certificates to believe (PEM)"},
    {kMain, "http.proxy", "an http:// or https:// URL"},
    {kMain, "inbox", kMap},
    {kMain, "inbox.listen", "an address and a port such as \"127.0.0.1:8443\" or \"[::]:8443\""},
    {kMain, "inbox.certificate", "the path of the hub's certificate (PEM)"},
    {kMain, "inbox.key", "the path of the key of the hub's certificate (PEM)"},
    {kMain, "inbox.client_ca", "the path of a file with certificates of authorities (PEM)"},
    {kMain, "inbox.max_size", "a size from 1KiB to 1GiB"},
    {kMain, "inbox.max_connections", "a number from 1 to 100000"},
    {kMain, "inbox.max_per_address", "a number from 1 to 100000"},
    {kMain, "packages", kMap},
    {kMain, "packages.store", "the path of the store of installed packages"},
    {kMain, "packages.least_level", "core, partner or private"},
    {kMain, "packages.roots", "the fingerprint of a root key (64 hex digits), or a list of them"},
    {kMain, "packages.development", "true or false"},
    {kMain, "link", "an https address without spaces, at most 200 characters"},
    {kMain, "log", kMap},
    {kMain, "log.form", "auto, json or text"},
    {kMain, "log.level", "debug, info, warning or error"},
    {kMain, "budget_per_day", kMap},
    {kMain, "budget_per_day.email", kBudget},
    {kMain, "budget_per_day.sms", kBudget},
    {kMain, "budget_per_day.push", kBudget},
    {kMain, "budget_per_day.webhook", kBudget},
    {kMain, "budget_per_day.file", kBudget},
    {kMain, "limits", kMap},
    {kMain, "limits.free_space", "a size such as 256MiB or 1GiB"},
    {kMain, "limits.free_space_percent", "a number from 0 to 50"},
    {kMain, "limits.drain", "a duration from 1s to 10m"},

    {kInstance, "id", "one to 40 of a-z, 0-9 and -"},
    {kInstance, "plugin",
     "the name of a plugin in the plugin folder or of an enabled package, NAME:ID where its library holds several"},
    {kInstance, "enabled", "true or false"},
    {kInstance, "home", "child or in-process"},
    {kInstance, "settings", "a map of the plugin's own settings"},
    {kInstance, "reader", kMap},
    {kInstance, "reader.drop_folder", "a path"},
    {kInstance, "reader.partner", "one to 40 of a-z, 0-9 and -"},
    {kInstance, "reader.partner_folders", "a path"},
    {kInstance, "reader.stable_for", "a duration from 0s to 1h"},
    {kInstance, "reader.stable_scans", "a number from 1 to 100"},
    {kInstance, "reader.max_size", "a size from 1KiB to 4GiB"},
    {kInstance, "feed", kMap},
    {kInstance, "feed.schedule",
     "minute, hour, day, month and weekday as in \"*/15 6-22 * * *\", @hourly, @daily, or @every and a time from 1s to "
     "30d"},
    {kInstance, "feed.jitter", "a duration from 0s to 1h"},
    {kInstance, "feed.max_events", "a number from 1 to 100000"},
    {kInstance, "feed.catch_up", "true or false"},
    {kInstance, "feed.baseline", "true or false"},
    {kInstance, "sink", kMap},
    {kInstance, "sink.channel", "email, sms, push, webhook or file, or a list of them"},
    {kInstance, "sink.batch", "a number from 1 to 10000"},
    {kInstance, "sink.rate", "messages in a time, such as 50/s, 600/m or 1000/h"},
    {kInstance, "sink.price",
     "what one message costs, such as \"0.045 EUR\": at most six decimals, a currency of three letters"},
    {kInstance, "sink.max_attempts", "a number from 1 to 100000"},
    {kInstance, "sink.test_to", "an address of the sink's channel, for trials: all its messages go there"},
    {kInstance, "sink.dead_share", "percent, a number from 1 to 100"},
    {kInstance, "sink.receipts", "how long a receipt is waited for, a duration up to 7d"},
    {kInstance, "sink.silence", "what it means where no receipt comes in its time: failed or fine"},
    {kInstance, "sink.unknown", "what becomes of a message that was sent and not answered: resend, hold or ask"},
    {kInstance, "sink.receipts_every",
     "how often the sink may ask its provider for receipts, a duration from 1s to 1d"},
    {kInstance, "sink.callback", kMap},
    {kInstance, "sink.callback.secret", "a reference to a secret of 20 to 200 of A-Z, a-z, 0-9, - and _"},
    {kInstance, "sink.callback.from", "a network such as 192.0.2.0/24, or a list of them"},
    {kInstance, "sink.callback.answer", "a text of at most 200 characters"},
    {kInstance, "sink.retry", kMap},
    {kInstance, "sink.retry.base", kDuration},
    {kInstance, "sink.retry.cap", "a duration, at least that of base"},
    {kInstance, "sink.retry.total", "a duration from that of cap to 30d"},

    {kRoutes, "routes", "a list of routes"},
    {kRoutes, "routes[].name", "one to 40 of a-z, 0-9 and -, each name once, not catch-all"},
    {kRoutes, "routes[].match", kMap},
    {kRoutes, "routes[].match.type", kPatterns},
    {kRoutes, "routes[].match.revision", "new, corrected or annulled, or a list of them"},
    {kRoutes, "routes[].match.facility", kPatterns},
    {kRoutes, "routes[].match.region", kPatterns},
    {kRoutes, "routes[].match.practitioner", kPatterns},
    {kRoutes, "routes[].match.instance", kPatterns},
    {kRoutes, "routes[].match.payer", kPatterns},
    {kRoutes, "routes[].match.payment", kPatterns},
    {kRoutes, "routes[].channels", "a list of channels (email, sms, push, webhook, file) or ids of sinks"},
    {kRoutes, "routes[].template", "the name of a template in templates/bg and templates/en"},
    {kRoutes, "routes[].cadence", "immediate, the one cadence that this version has"},
    {kRoutes, "routes[].urgent", "true or false"},
    {kRoutes, "routes[].fallback", "channels of which one is enough, the first choice first, each once"},
    {kRoutes, "routes[].keep", "all"},
    {kRoutes, "routes[].stop", "true or false"},
};

// Splits "sink.retry.base" into the map it stands in and its own name.
std::pair<std::string_view, std::string_view> split(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return {"", path};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

std::vector<std::string_view> keys_in(ConfigFile file, std::string_view prefix) {
  std::vector<std::string_view> names;
  for (const auto& row : kRows) {
    const auto [map, name] = split(row.path);
    if (row.file == file && map == prefix) names.push_back(name);
  }
  return names;
}

// Edits (insert, drop, change, swap neighbours counts two) from one word to the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, change});
    }
  }
  return row.back();
}

// The word nearest to `wrong`, "" where none is near.
std::string_view nearest_word(std::string_view wrong, std::span<const std::string_view> words) {
  if (wrong.size() > 64) return "";
  std::string_view nearest;
  std::size_t least = std::min<std::size_t>(2, wrong.size() / 2) + 1;
  for (const auto word : words) {
    const std::size_t d = distance(wrong, word);
    if (d < least) {
      least = d;
      nearest = word;
    }
  }
  return nearest;
}

}  // namespace

std::span<const KeyRow> key_table() { return kRows; }

const KeyRow* key_row(ConfigFile file, std::string_view prefix, std::string_view name) {
  for (const auto& row : kRows) {
    const auto [map, key] = split(row.path);
    if (row.file == file && map == prefix && key == name) return &row;
  }
  return nullptr;
}

std::string allowed_keys(ConfigFile file, std::string_view prefix, std::string_view wrong) {
  return listed(keys_in(file, prefix), wrong);
}

std::string listed(std::span<const std::string_view> words, std::string_view wrong) {
  std::string out;
  for (const auto word : words) out.append(out.empty() ? "" : ", ").append(word);
  if (const auto near = nearest_word(wrong, words); !near.empty()) out.append("; did you mean ").append(near) += '?';
  return out;
}

std::vector<std::string> known_config_keys() {
  constexpr std::array<std::string_view, 3> kFiles{"vestitel.yaml", "plugins.d", "routes.yaml"};
  std::vector<std::string> out;
  for (const auto& row : kRows)
    out.push_back(std::string(kFiles[static_cast<std::size_t>(row.file)]) + ": " + std::string(row.path));
  return out;
}

}  // namespace vestitel
