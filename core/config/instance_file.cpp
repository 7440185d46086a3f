#include <algorithm>
#include <charconv>

#include "core/config/file_readers.hpp"
#include "core/config/settings_text.hpp"

namespace vestitel {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;

std::optional<RateLimit> parse_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash + 2 != text.size()) return std::nullopt;
  RateLimit rate;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + slash, rate.count);
  if (failure != std::errc{} || end != text.data() + slash || rate.count == 0) return std::nullopt;
  switch (text.back()) {
    case 's': rate.per = std::chrono::seconds{1}; return rate;
    case 'm': rate.per = std::chrono::minutes{1}; return rate;
    case 'h': rate.per = std::chrono::hours{1}; return rate;
    default: return std::nullopt;
  }
}

ReaderConfig read_reader(const MapReader& map) {
  ReaderConfig reader;
  map.path("drop_folder", reader.drop_folder);
  map.name("partner", reader.partner);
  map.path("partner_folders", reader.partner_folders);
  map.duration("stable_for", reader.stable_for, milliseconds{0}, hours{1});
  map.number("stable_scans", reader.stable_scans, 1, 100);
  map.size("max_size", reader.max_size, 1024, 4ULL << 30);
  return reader;
}

FeedConfig read_feed(const MapReader& map) {
  FeedConfig feed;
  std::string schedule;
  map.text("schedule", schedule, 200);
  if (!schedule.empty()) {
    if (auto parsed = Schedule::parse(schedule))
      feed.schedule = *parsed;
    else
      map.refuse("schedule", *map.node("schedule"), '"' + schedule + "\": " + parsed.error().message);
  }
  map.duration("jitter", feed.jitter, milliseconds{0}, hours{1});
  map.number("max_events", feed.max_events, 1, 100'000);
  map.flag("catch_up", feed.catch_up);
  map.flag("baseline", feed.baseline);
  return feed;
}

void read_channels(const MapReader& map, std::vector<Channel>& channels) {
  std::vector<std::string> words;
  map.words("channel", words);
  if (map.node("channel") == nullptr) map.missing("channel");
  for (const auto& word : words) {
    const auto known = channel(word);
    if (!known) {
      map.refuse("channel", *map.node("channel"), '"' + word + '"');
    } else if (std::find(channels.begin(), channels.end(), *known) == channels.end()) {
      channels.push_back(*known);
    }
  }
}

void read_retry(const MapReader& map, RetryPolicy& retry) {
  map.duration("base", retry.base, milliseconds{1}, hours{1});
  map.duration("cap", retry.cap, milliseconds{1}, days{1});
  milliseconds total = retry.total;
  map.duration("total", total, milliseconds{0}, days{30});
  retry.total = std::chrono::duration_cast<std::chrono::seconds>(total);
  const YamlNode here;
  const auto at = [&](std::string_view key) -> const YamlNode& {
    return map.node(key) == nullptr ? here : *map.node(key);
  };
  if (retry.cap < retry.base) map.refuse("cap", at("cap"), std::to_string(retry.cap.count()) + "ms, less than base");
  if (total < retry.cap) map.refuse("total", at("total"), std::to_string(total.count()) + "ms, less than cap");
}

bool is_callback_secret(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return text.size() >= 20 && text.size() <= 200 && std::all_of(text.begin(), text.end(), fits);
}

CallbackConfig read_callback(const MapReader& map) {
  CallbackConfig callback;
  std::string secret;
  map.text("secret", secret);
  if (map.node("secret") == nullptr)
    map.missing("secret");
  else if (!secret.empty() && !is_callback_secret(secret))
    map.refuse("secret", *map.node("secret"), "a text of another form");  // never quoted
  else
    callback.secret = PersonalText(std::move(secret));
  std::vector<std::string> networks;
  map.words("from", networks);
  for (const std::string& network : networks) {
    if (const auto range = NetworkRange::parse(network))
      callback.from.push_back(*range);
    else
      map.refuse("from", *map.node("from"), '"' + network + '"');
  }
  map.text("answer", callback.answer, 200);
  return callback;
}

void read_price(const MapReader& map, Money& price) {
  std::string text;
  map.text("price", text, 40);
  if (text.empty()) return;
  if (const auto parsed = parse_money(text))
    price = *parsed;
  else
    map.refuse("price", *map.node("price"));
}

SinkConfig read_sink(const MapReader& map) {
  SinkConfig sink;
  read_channels(map, sink.channels);
  map.number("batch", sink.batch, 1, 10'000);
  read_price(map, sink.price);
  map.number("max_attempts", sink.retry.max_attempts, 1, 100'000);
  std::string test_to;
  map.text("test_to", test_to, 1'024);
  sink.test_to = PersonalText(std::move(test_to));
  map.number("dead_share", sink.dead_share, 1, 100);
  map.duration("receipts", sink.receipts, milliseconds{0}, days{7});
  static constexpr std::string_view kSilence[] = {"failed", "fine"};
  if (const auto silence = map.choice("silence", kSilence)) sink.silence_is_fine = *silence == 1;
  static constexpr std::string_view kUnknown[] = {"resend", "hold", "ask"};  // in the order of UnknownPolicy
  if (const auto policy = map.choice("unknown", kUnknown)) sink.unknown = static_cast<UnknownPolicy>(*policy);
  map.duration("receipts_every", sink.receipts_every, std::chrono::seconds{1}, days{1});
  if (const auto callback = map.map("callback")) sink.callback = read_callback(*callback);
  if (const auto retry = map.map("retry")) read_retry(*retry, sink.retry);
  std::string rate;
  map.text("rate", rate, 20);
  if (rate.empty()) return sink;
  if (const auto limit = parse_rate(rate)) {
    sink.rate = *limit;
  } else {
    map.refuse("rate", *map.node("rate"));
  }
  return sink;
}

void read_settings(const MapReader& map, Instance& instance) {
  const YamlNode* node = map.node("settings");
  std::string json = "{}";
  if (node != nullptr && node->kind != YamlNode::Kind::kMap) {
    map.refuse("settings", *node);
  } else if (node != nullptr) {
    json.clear();
    append_settings(map.reading(), *node, "", json, instance.referenced);
  }
  instance.settings = PersonalText(std::move(json));
}

// "NAME", or "NAME:ID" where a library holds several. The id of a package is a name with dots.
bool is_plugin(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  const auto dotted = [&](char c) { return letter(c) || c == '.'; };
  const std::size_t colon = text.find(':');
  const auto name = text.substr(0, colon);
  const auto id = colon == std::string_view::npos ? std::string_view("x") : text.substr(colon + 1);
  const bool file = name.ends_with(".so") || name.ends_with(".py") || name.find("..") != std::string_view::npos;
  return !name.empty() && !file && name.size() <= 128 && name.front() != '.' && !id.empty() &&
         std::all_of(name.begin(), name.end(), dotted) && std::all_of(id.begin(), id.end(), dotted);
}

void record_keys(const YamlNode& node, const std::string& prefix, std::vector<KeyPlace>& into) {
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const auto& key = node.keys[i];
    const std::string path = prefix + key.text;
    into.push_back({path, key.line, key.column, node.items[i].line, node.items[i].column});
    record_keys(node.items[i], path + '.', into);
  }
}

}  // namespace

Instance read_instance(Reading& reading, const YamlNode& root) {
  const MapReader map(reading, root, "", "");
  Instance instance;
  instance.place = map.place(root);
  record_keys(root, "", instance.keys);
  map.name("id", instance.id);
  if (map.node("id") == nullptr) map.missing("id");
  map.text("plugin", instance.plugin);
  if (map.node("plugin") == nullptr) map.missing("plugin");
  if (!instance.plugin.empty() && !is_plugin(instance.plugin)) {
    map.refuse("plugin", *map.node("plugin"));
    instance.plugin.clear();
  }
  map.flag("enabled", instance.enabled);
  static constexpr std::string_view kHomes[] = {"child", "in-process"};
  if (const auto home = map.choice("home", kHomes))
    instance.home = *home == 0 ? PluginHome::kChild : PluginHome::kInProcess;
  read_settings(map, instance);
  if (const auto reader = map.map("reader")) instance.reader = read_reader(*reader);
  if (const auto feed = map.map("feed")) instance.feed = read_feed(*feed);
  if (const auto sink = map.map("sink")) instance.sink = read_sink(*sink);
  return instance;
}

}  // namespace vestitel
