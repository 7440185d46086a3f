// Posts each message, or several together, as CloudEvents that are signed by Standard Webhooks. A message's id is the
// same at every repeat, so that a receiver that keeps ids tells it once.
#include <vestitel/plugin.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

#include "plugins/sinks/common/client_certificate.hpp"
#include "plugins/sinks/common/http_answer.hpp"
#include "plugins/sinks/common/lanes.hpp"
#include "plugins/sinks/common/outbound_text.hpp"
#include "plugins/sinks/common/web_address.hpp"
#include "plugins/sinks/webhook/event.hpp"
#include "plugins/sinks/webhook/post.hpp"

namespace vestitel::webhook {
namespace {

constexpr std::int64_t kMostPatienceMs = 60'000;
constexpr std::uint64_t kMaxBody = 256 * 1024;
constexpr std::uint32_t kMaxBatch = 4096;
// The host has up to 512 on their way at a time: nearly twice as many keep the line full while others are made ready.
constexpr std::uint32_t kLanes = 20, kSlice = 48;
constexpr std::size_t kLongestToken = 4096;

constexpr Field kFields[] = {
    field::url("url", "Where messages are posted: https, or http to this machine. Leave out with recipient_host.")
        .example("https://hooks.example.bg/vestitel")
        .group("Receiver"),
    field::text("recipient_host",
                "Instead of url: each message goes to the https URL that is its address, on this host, or below it: "
                "hooks.example.bg or *.example.bg. Port 443.")
        .group("Receiver"),
    field::secret("secret", "Signs what is sent: whsec_ and base64; several, newest first, while one is changed.")
        .group("Receiver"),
    field::secret("token", "Sent as a bearer token; not set: none is sent.").group("Receiver"),
    sinks::kClientCertificate,
    sinks::kClientKey,
    field::integer("batch", "Most events a POST; from 2 on each POST carries an array of them (batched mode).")
        .by_default("1")
        .range(1, 100)
        .group("Message"),
    field::boolean("include_text", "Send the message's title and body too.").by_default("false").group("Message"),
    field::boolean("include_address", "Send the person's address too: for a receiver that passes the message on.")
        .by_default("false")
        .group("Message"),
    field::duration("timeout", "Longest wait for an answer.").by_default("10s").range(100, kMostPatienceMs).advanced(),
};

void check_url(const std::string& url) {
  const auto address = sinks::parse_web_address(url);
  if (!address) throw Error::config("/url", "expected an https URL without user, password and #");
  if (!sinks::is_private(*address))
    throw Error::config("/url", "http leads to this machine alone (localhost, 127.0.0.1, [::1]); expected https");
}

void check_recipient_host(std::string_view host) {
  if (host.starts_with("*.")) host.remove_prefix(2);
  if (!sinks::is_domain_name(host))
    throw Error::config("/recipient_host", "expected a name such as hooks.example.bg, or *.example.bg");
}

class WebhookSink {
 public:
  static constexpr Traits kTraits =
      Traits()
          .idempotent()
          .max_batch(kMaxBatch)
          .max_body(kMaxBody)
          // Every POST may be refused late, and its events posted once more, each by itself.
          .max_send(2 * std::chrono::milliseconds(kMostPatienceMs) + std::chrono::seconds(5))
          .capabilities(R"({"network":["{url}","{recipient_host}:443"],"services":["vestitel.http/1"],)"
                        R"("secrets":["secret","token","client_certificate","client_key"],)"
                        R"("libraries":["libcrypto.so.3: HMAC-SHA256 of what is sent"]})");

  WebhookSink(const Settings& settings, const Host& host)
      : host_(host),
        url_(settings.url("url")),
        timeout_(settings.duration("timeout")),
        most_(static_cast<std::size_t>(settings.integer("batch"))),
        event_options_{settings.boolean("include_text"), settings.boolean("include_address")} {
    const std::string& recipient_host = settings.text("recipient_host");
    if (url_.empty() && recipient_host.empty())
      throw Error::config("/url", "not set, and recipient_host is not either");
    if (!url_.empty() && !recipient_host.empty()) throw Error::config("/recipient_host", "url is set: one of the two");
    if (url_.empty() && most_ > 1) throw Error::config("/batch", "with recipient_host each message goes by itself");
    if (!url_.empty()) check_url(url_);
    if (url_.empty()) check_recipient_host(recipient_host);
    endpoint_.owner = url_.empty() ? Owner::recipient : Owner::sink;
    endpoint_.batched = most_ > 1;
  }

  // Reads the secrets and asks the receiver for nothing (HEAD): any answer will do, for it need not know of HEAD.
  void check() {
    const std::lock_guard lock(mutex_);
    prepare();
    if (url_.empty()) return;
    HttpRequest request;
    request.method = "HEAD";
    request.url = url_;
    request.timeout = timeout_;
    if (endpoint_.client_certificate) sinks::show_client_certificate(request);
    const HttpAnswer answer = Http(host_).request(request);
    if (answer.rc >= 0) return;
    if (answer.rc == VESTITEL_E_CONFIG || answer.rc == VESTITEL_E_DENIED) throw Error::config("/url", answer.reason);
    throw Error::retry("reaching the receiver: " + answer.reason);
  }

  void start() {
    const std::lock_guard lock(mutex_);
    prepare();
  }

  void deliver(const MessageBatch& batch, Delivery& delivery) {
    const std::lock_guard lock(mutex_);
    // No POST of several is cut short by the end of a slice.
    const auto slice = static_cast<std::uint32_t>(most_ * std::max<std::size_t>(1, kSlice / most_));
    sinks::in_lanes(batch.size(), slice, kLanes,
                    [&](std::uint32_t begin, std::uint32_t end) { deliver_slice(batch, begin, end, delivery); });
  }

  void stop() {}

 private:
  // What needs secrets.
  void prepare() {
    static_cast<void>(Http(host_));  // throws where it was not granted
    std::optional<Signer> signer;
    if (!host_.with_secret("secret", [&](std::string_view secrets) { signer = Signer::create(secrets); }))
      throw Error::config("/secret", "not set; expected whsec_ and base64 of 24 to 64 random bytes");
    if (!signer) throw Error::config("/secret", "expected whsec_ and base64 of 24 to 64 bytes, or up to eight of them");
    std::string token = host_.secret("token");
    if (!token.empty() && !sinks::is_visible_ascii(token, kLongestToken))
      throw Error::config("/token", "expected up to 4096 visible ASCII characters");
    endpoint_.client_certificate = sinks::has_client_certificate(host_);
    endpoint_.token = std::move(token);
    signer_ = std::move(signer);
  }

  // Thread: several, as all below it.
  void deliver_slice(const MessageBatch& batch, std::uint32_t begin, std::uint32_t end, Delivery& delivery) const {
    if (delivery.cancelled()) {
      for (std::uint32_t i = begin; i < end; ++i) delivery.settle(i, Verdict::retry("stopped before it was sent"));
      return;
    }
    std::vector<Ready> refused = post(grouped(ready(batch, begin, end, delivery), most_), delivery, false);
    // One message that a receiver cannot take must not cost the others of its POST their delivery.
    if (!delivery.cancelled()) {
      post(grouped(std::move(refused), 1), delivery, true);
    } else {
      for (const Ready& event : refused) delivery.settle(event.message, Verdict::retry("stopped before it went alone"));
    }
  }

  // Settles what cannot go out.
  std::vector<Ready> ready(const MessageBatch& batch, std::uint32_t begin, std::uint32_t end,
                           Delivery& delivery) const {
    std::vector<Ready> out;
    out.reserve(end - begin);
    const std::int64_t now = host_.now_us();
    for (std::uint32_t i = begin; i < end; ++i) {
      const Message message = batch[i];
      const auto left = std::chrono::milliseconds((message.deadline_us - now) / 1000);
      if (message.expires_us != 0 && now >= message.expires_us) {
        delivery.settle(i, Verdict::permanent("expired before it could be sent"));
      } else if (message.deadline_us != 0 && left.count() <= 0) {
        delivery.settle(i, Verdict::retry("its turn came after its deadline"));
      } else if (message.body.size() > kMaxBody) {
        delivery.settle(i, Verdict::permanent("the body is larger than 256 KiB"));
      } else {
        const auto patience = message.deadline_us == 0 ? timeout_ : std::min(timeout_, left);
        prepare_event(i, message, patience, delivery, out);
      }
    }
    return out;
  }

  void prepare_event(std::uint32_t i, const Message& message, std::chrono::milliseconds patience, Delivery& delivery,
                     std::vector<Ready>& out) const {
    if (url_.empty()) {
      const auto address = sinks::parse_web_address(message.to);
      if (!address || !address->tls || !sinks::is_domain_name(address->host))
        return delivery.settle(i, Verdict::permanent("its address is no https URL of a named host"));
    }
    Made made = event_of(message, event_options_);
    if (!made) return delivery.settle(i, Verdict::permanent(made.error));
    const std::string_view url = url_.empty() ? message.to : std::string_view(url_);
    out.push_back({i, std::string(message.idem_key), std::move(made.json), std::string(url), patience});
  }

  // Sends them all and settles; what was refused together with others comes back, not settled. `begun`: they had left
  // before, so the host is not told again.
  std::vector<Ready> post(std::vector<std::vector<Ready>> groups, Delivery& delivery, bool begun) const {
    if (groups.empty()) return {};
    std::vector<Post> posts;
    std::vector<HttpRequest> requests;
    for (auto& group : groups) {
      posts.push_back(make_post(endpoint_, *signer_, std::move(group), host_.now_us()));
      requests.push_back(std::move(posts.back().request));
      if (begun) requests.back().message = VESTITEL_HTTP_NO_MESSAGE;
      // The host begins the message of a POST when it leaves; of several it knows nothing.
      if (posts.back().events.size() > 1)
        for (const Ready& event : posts.back().events) delivery.begin(event.message);
    }
    std::vector<Ready> refused;
    std::map<std::uint32_t, std::size_t> faults;  // status: messages
    Http(host_).request_many(requests, [&](std::size_t i, const HttpAnswerView& answer) {
      const Judgement judgement = judge(answer, posts[i].id, endpoint_.owner);
      const bool several = posts[i].events.size() > 1;
      if (several && judgement.verdict.kind() == VESTITEL_PERMANENT) {
        std::move(posts[i].events.begin(), posts[i].events.end(), std::back_inserter(refused));
        return;
      }
      if (judgement.our_fault) ++faults[answer.status];
      // What a receiver calls a POST of several is no name for one of them.
      const bool own_name = several && judgement.verdict.kind() == VESTITEL_ACCEPTED;
      for (const Ready& event : posts[i].events)
        delivery.settle(event.message, own_name ? Verdict::accepted(event.id) : judgement.verdict);
    });
    for (const auto& [code, count] : faults) tell_of(code, count);
    return refused;
  }

  void tell_of(std::uint32_t status, std::size_t count) const {
    host_.log(VESTITEL_LOG_ERROR, "webhook_event_refused",
              {{"status", std::to_string(status)}, {"messages", std::to_string(count)}});
  }

  const Host& host_;
  const std::string url_;  // "": each message's address
  const std::chrono::milliseconds timeout_;
  const std::size_t most_;
  const EventOptions event_options_;
  std::mutex mutex_;  // deliver holds it for its whole run
  Endpoint endpoint_;
  std::optional<Signer> signer_;
};

}  // namespace
}  // namespace vestitel::webhook

VESTITEL_EXPORT_SINK(vestitel::webhook::WebhookSink, "org.vestitel.webhook", "Webhook", "1.0.0",
                     vestitel::webhook::kFields)
