#include "sdk/tools/tried_services.hpp"

#include <fstream>
#include <iterator>
#include <map>

#include "core/plugin/outside/lend.hpp"
#include "core/plugin/services/metrics.hpp"
#include "sdk/tools/cassette.hpp"

namespace vestitel {
namespace {

class KeptInMemory final : public KvStore {
 public:
  Result<std::optional<KvEntry>> get(std::string_view, std::string_view key) override {
    const auto found = kept_.find(key);
    return found == kept_.end() ? std::nullopt : std::optional(found->second);
  }
  Result<std::vector<KvListed>> list(std::string_view, std::string_view prefix, std::string_view after,
                                     std::size_t max) override {
    std::vector<KvListed> out;
    for (auto at = kept_.lower_bound(prefix); at != kept_.end() && out.size() < max; ++at)
      if (at->first.starts_with(prefix) && at->first > after) out.push_back({at->first, at->second.revision});
    return out;
  }
  Result<std::uint64_t> put(std::string_view, std::string_view key, std::string_view value,
                            std::optional<std::uint64_t> expected, std::uint64_t quota) override {
    if (expected && *expected != revision(key)) return {Failure::kConflict, "another revision is there"};
    std::size_t bytes = key.size() + value.size();
    for (const auto& [other, entry] : kept_)
      if (other != key) bytes += other.size() + entry.value.size();
    if (bytes > quota)
      return {Failure::kDenied, "keeping a value: beyond the quota of " + std::to_string(quota) + " bytes"};
    kept_[std::string(key)] = {std::string(value), ++last_};
    return last_;
  }
  Result<bool> remove(std::string_view, std::string_view key, std::optional<std::uint64_t> expected) override {
    if (expected && *expected != revision(key)) return {Failure::kConflict, "another revision is there"};
    return kept_.erase(std::string(key)) > 0;
  }

 private:
  std::uint64_t revision(std::string_view key) const {
    const auto found = kept_.find(key);
    return found == kept_.end() ? 0 : found->second.revision;
  }
  std::map<std::string, KvEntry, std::less<>> kept_;
  std::uint64_t last_ = 0;
};

class Nobody final : public SubjectSource {
 public:
  Result<std::vector<Subject>> subscribed_after(std::int64_t, std::size_t) override { return std::vector<Subject>(); }
};
class Swallowed final : public ReceiptTaker {
 public:
  Result<> take_receipt(std::string_view, std::string_view, const Verdict&) override { return Done{}; }
};

struct Backing {
  KeptInMemory kept;
  PluginMetrics metrics;
  Nobody nobody;
  Swallowed swallowed;
};

Result<std::shared_ptr<HttpClient>> with_cassette(std::shared_ptr<HttpClient> real, const TriedHttp& http) {
  if (http.mode == TriedHttp::Mode::kReal) return real;
  if (http.mode == TriedHttp::Mode::kRecord) return recording_http(std::move(real), http.cassette);
  std::ifstream file(http.cassette, std::ios::binary);
  if (!file) return {Failure::kNotFound, http.cassette + ": no such file"};
  return replaying_http(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace

Result<HostContext> tried(HostContext context, const PluginDescription& plugin, const TriedHttp& http) {
  auto& backing = *new Backing;  // lives until the process ends
  auto asked = asked_by(plugin);
  if (!asked) return asked.error();
  context.lent.kv = &backing.kept;
  context.lent.metrics = &backing.metrics;
  context.lent.subjects = &backing.nobody;
  context.lent.receipts = &backing.swallowed;
  context = lent(std::move(context), *asked);
  if (!context.lent.http) return context;
  auto client = with_cassette(std::move(context.lent.http), http);
  if (!client) return client.error();
  context.lent.http = std::move(*client);
  return context;
}

}  // namespace vestitel
