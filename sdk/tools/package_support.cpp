#include "sdk/tools/package_support.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "core/base/os_error.hpp"
#include "core/plugin/package/files.hpp"
#include "core/plugin/package/json_fields.hpp"
#include "core/plugin/package/refusal.hpp"

namespace vestitel {
namespace {

std::string absolute(const std::string& path) {
  std::error_code failed;
  auto whole = std::filesystem::absolute(path, failed).lexically_normal().string();
  while (whole.size() > 1 && whole.back() == '/') whole.pop_back();
  return failed ? path : whole;
}

}  // namespace

void add_store_option(CLI::App& verb, std::string& root) {
  verb.add_option("--store", root,
                  "store of packages (default: plugins in $STATE_DIRECTORY, else in /var/lib/vestitel)");
}

std::string store_or_default(const std::string& root) {
  if (!root.empty()) return absolute(root);
  const char* state = std::getenv("STATE_DIRECTORY");  // NOLINT(concurrency-mt-unsafe): nothing here sets it
  const std::string given = state == nullptr ? "" : state;
  return (given.starts_with('/') ? given.substr(0, given.find(':')) : "/var/lib/vestitel") + "/plugins";
}

Result<PackageStore> open_store(const std::string& root) {
  auto store = PackageStore::open(store_or_default(root), {});
  if (!store && store.error().failure == Failure::kNotFound)
    return {Failure::kNotFound, "there is no plugin store at " + store_or_default(root) +
                                    " yet: `plugin trust add` makes one, or name another with --store"};
  return store;
}

Result<PackageStore> open_or_make_store(const std::string& root) {
  SystemRandom random;
  return PackageStore::create(store_or_default(root), {}, random);
}

int package_fail(ToolOutcome& outcome, const Error& error) {
  const auto refusal = refusal_of(error);
  if (outcome.json) {
    nlohmann::ordered_json line = {{"error", error.message}};
    if (refusal) line["reason"] = to_text(*refusal), line["remedy"] = remedy(*refusal);
    outcome.err << line.dump() << "\n";
    return kToolFailed;
  }
  outcome.err << outcome.program << ": " << error.message << "\n";
  if (refusal) outcome.err << "  what to do: " << remedy(*refusal) << "\n";
  return kToolFailed;
}

std::string joined(const std::vector<std::string>& words, const char* none) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out.empty() ? none : out;
}

nlohmann::ordered_json json_of(const Manifest& m) {
  return {{"id", m.id},
          {"version", m.version},
          {"publisher", m.publisher},
          {"created", to_second(m.created)},
          {"kinds", m.kinds},
          {"platform", m.platform},
          {"glibc", m.glibc},
          {"abi", std::to_string(m.abi_major) + "." + std::to_string(m.abi_minor)},
          {"asks", m.capabilities.asks()},
          {"data_read", m.data_read},
          {"data_emitted", m.data_emitted}};
}

nlohmann::ordered_json json_of(const Judgement& j) {
  nlohmann::ordered_json out = {{"level", to_text(j.level)}};
  if (j.publisher.empty()) return out;
  out["publisher"] = j.publisher;
  out["key"] = j.fingerprint;
  out["valid_until"] = to_second(j.not_after);
  return out;
}

nlohmann::ordered_json json_of(const PluginState& s) {
  return {{"id", s.id},           {"enabled", s.enabled},         {"active", s.active},  {"previous", s.previous},
          {"highest", s.highest}, {"rolled_back", s.rolled_back}, {"granted", s.granted}};
}

std::string asks_text(const Manifest& m, const Judgement& j) {
  return "  level      " + std::string(to_text(j.level)) +
         (j.publisher.empty() ? " (nobody signed it)" : ", publisher " + j.publisher) + "\n  kinds      " +
         joined(m.kinds) + "\n  asks for   " + joined(m.capabilities.asks()) + "\n  reads      " + joined(m.data_read) +
         " data\n  emits      " + joined(m.data_emitted) + " data\n";
}

int say(ToolOutcome& outcome, const nlohmann::ordered_json& line, const std::string& text, int exit) {
  if (outcome.json)
    outcome.out << line.dump() << "\n";
  else
    outcome.out << text;
  return exit;
}

Result<> write_output(const std::string& path, const std::function<Result<>(const ByteSink&)>& write) {
  const std::string fresh = path + ".new";
  Result<> done = Done{};
  {
    const OwnedFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file) return {Failure::kIo, "writing " + path + ": " + os_error()};
    done = write([&](std::string_view bytes) { return write_fully(file.get(), bytes, path); });
    if (done && ::fsync(file.get()) != 0) done = Error{Failure::kIo, "writing " + path + ": " + os_error()};
  }
  if (done && std::rename(fresh.c_str(), path.c_str()) != 0)
    done = Error{Failure::kIo, "writing " + path + ": " + os_error()};
  if (!done) static_cast<void>(std::remove(fresh.c_str()));
  return done;
}

std::vector<std::string> split_words(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= text.size() && !text.empty();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    if (comma > at) out.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return out;
}

}  // namespace vestitel
