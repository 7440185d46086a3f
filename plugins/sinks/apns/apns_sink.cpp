// Sends each message to one device of Apple's, over the provider API of APNs: HTTP/2, one signed token for all
// messages.
#include <memory>
#include <mutex>
#include <vector>
#include <vestitel/plugin.hpp>

#include "plugins/sinks/apns/notice.hpp"
#include "plugins/sinks/apns/sender.hpp"
#include "plugins/sinks/apns/verdicts.hpp"
#include "plugins/sinks/common/web_address.hpp"

namespace vestitel::apns {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kMaxBatch = 256;  // how many of them are on their way at once is the hub's to pace
constexpr seconds kMostWait{60};
constexpr seconds kMostSend{2 * kMostWait + seconds(15)};  // for the first one, then for the others
constexpr std::int64_t kDay = 86'400'000;

constexpr Field kFields[] = {
    field::secret("auth_key", "The .p8 file of the team's key for APNs: PEM, P-256.").group("Sender"),
    field::text("key_id", "Id of that key: ten letters and digits.").required().example("ABC123DEFG").group("Sender"),
    field::text("team_id", "Id of the team: ten letters and digits.").required().example("DEF123GHIJ").group("Sender"),
    field::text("topic", "Bundle id of the app.").required().example("bg.example.app").group("Sender"),
    field::choice("environment", "Where the app's devices are registered.", "production|sandbox")
        .by_default("production")
        .group("Sender"),
    field::choice("priority", "Of a message that is not urgent. high: at once; normal: when it suits the device.",
                  "normal|high")
        .by_default("normal")
        .group("Message"),
    field::duration("ttl", "Longest time that APNs keeps a message for a device that is off; 0s: not at all.")
        .by_default("28d")
        .range(0, 30 * kDay)
        .group("Message"),
    field::url("endpoint", "For trials: the http or https origin that is called instead of APNs.").advanced(),
    field::duration("timeout", "Longest wait for an answer.").by_default("20s").range(1000, 60'000).advanced(),
};

std::string origin_of(const Settings& settings) {
  const std::string& url = settings.url("endpoint");
  if (url.empty())
    return settings.choice("environment") == "sandbox" ? "https://api.sandbox.push.apple.com"
                                                       : "https://api.push.apple.com";
  const auto address = sinks::parse_web_address(url);
  if (!address || !sinks::is_private(*address))
    throw Error::config("/endpoint", "expected an https URL, or http of this machine itself");
  return address->origin();
}

NoticePolicy notice_policy(const Settings& settings) {
  NoticePolicy out;
  out.origin = origin_of(settings);
  out.topic = settings.text("topic");
  if (!is_bundle_id(out.topic)) throw Error::config("/topic", "expected a bundle id such as bg.example.app");
  out.ttl_s = settings.duration("ttl").count() / 1000;
  out.high = settings.choice("priority") == "high";
  out.timeout = settings.duration("timeout");
  return out;
}

std::string apple_id(const Settings& settings, const char* name) {
  const std::string& id = settings.text(name);
  if (!is_apple_id(id)) throw Error::config(std::string("/") + name, "expected ten capital letters and digits");
  return id;
}

class ApnsSink {
 public:
  static constexpr Traits kTraits =
      Traits()
          .needs_net()
          .max_batch(kMaxBatch)
          .max_body(kMaxPayload)
          .max_send(kMostSend)
          .capabilities(R"({"network":["api.push.apple.com:443","api.sandbox.push.apple.com:443","{endpoint}"],)"
                        R"("services":["vestitel.http/1"],"secrets":["auth_key"],)"
                        R"("libraries":["libcrypto.so.3: the signature of the token, hashes of keys"]})");

  ApnsSink(const Settings& settings, const Host& host)
      : host_(host),
        policy_(notice_policy(settings)),
        tls_(policy_.origin.starts_with("https://")),
        key_id_(apple_id(settings, "key_id")),
        team_id_(apple_id(settings, "team_id")) {}

  // What Apple says of a message to a device that does not exist.
  void check() {
    const std::lock_guard lock(mutex_);
    if (!sender_) sender_ = make_sender();
    HttpRequest request = trial_request(policy_);
    request.header("authorization", sender_->authorization(host_.now_us()));
    Judgement judgement{Verdict::accepted()};
    Http(host_).request_many({request}, [&](std::size_t, const HttpAnswerView& answer) { judgement = judged(answer); });
    if (judgement.authenticated) return;
    if (judgement.verdict.kind() == VESTITEL_CONFIG_ERROR) throw Error::config("/auth_key", judgement.verdict.reason());
    throw Error::retry(judgement.verdict.reason());
  }

  void start() {
    const std::lock_guard lock(mutex_);
    static_cast<void>(Http(host_));  // throws where it was not granted
    // One that a check has made stays: Apple counts how often a team makes them.
    if (!sender_) sender_ = make_sender();
    proven_ = false;
  }

  void deliver(const MessageBatch& batch, Delivery& delivery) {
    const std::lock_guard lock(mutex_);
    if (!sender_) return;
    const std::string authorization = sender_->authorization(host_.now_us());
    std::vector<HttpRequest> requests;
    for (std::uint32_t i = 0; i < batch.size() && !delivery.cancelled(); ++i)
      make(i, batch[i], authorization, delivery, requests);
    if (!proven_ && !requests.empty()) send_first(requests, delivery);
    static_cast<void>(send(requests, delivery));
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    sender_.reset();
  }

 private:
  std::unique_ptr<Sender> make_sender() const {
    sinks::Key key;
    const bool set = host_.with_secret("auth_key", [&](std::string_view pem) { key = sinks::private_key_of_pem(pem); });
    if (!set) throw Error::config("/auth_key", "not set");
    if (!key || !sinks::is_p256_key(*key)) throw Error::config("/auth_key", "expected a private key of P-256 as PEM");
    return std::make_unique<Sender>(std::move(key), key_id_, team_id_);
  }

  Judgement judged(const HttpAnswerView& answer) const {
    const std::int64_t now = host_.now_us();
    return judge(answer, now, {sender_->age(now), tls_});
  }

  // Settles what cannot go out.
  void make(std::uint32_t i, const Message& message, const std::string& authorization, Delivery& delivery,
            std::vector<HttpRequest>& requests) const {
    const std::int64_t now = host_.now_us();
    const milliseconds left((message.deadline_us - now) / 1000);
    if (message.expires_us != 0 && now >= message.expires_us)
      return delivery.settle(i, Verdict::permanent("expired before it could be sent"));
    if (message.deadline_us != 0 && left.count() <= 0)
      return delivery.settle(i, Verdict::retry("its turn came after its deadline"));
    if (authorization.empty()) return delivery.settle(i, Verdict::config_error("the key cannot sign"));
    std::string problem;
    auto request = request_of(message, policy_, now, problem);
    if (!request) return delivery.settle(i, Verdict::permanent(problem));
    request->header("authorization", authorization).of_message(i);
    if (message.deadline_us != 0) request->timeout = std::min(policy_.timeout, left);
    requests.push_back(std::move(*request));
  }

  // Apple allows one stream until it believes the sender. Where it does not, the others stay here.
  void send_first(std::vector<HttpRequest>& requests, Delivery& delivery) {
    std::vector<HttpRequest> first = {std::move(requests.front())};
    requests.erase(requests.begin());
    const Verdict verdict = send(first, delivery);
    if (proven_) return;
    const bool of_all =
        verdict.kind() == VESTITEL_CONFIG_ERROR || (verdict.kind() == VESTITEL_RETRY && verdict.scope() >= Scope::link);
    for (const HttpRequest& other : requests)
      delivery.settle(other.message,
                      of_all ? verdict : Verdict::retry("not sent: the one before it proved nothing", Scope::link));
    requests.clear();
  }

  // The verdict on the last one.
  Verdict send(const std::vector<HttpRequest>& requests, Delivery& delivery) {
    Verdict last = Verdict::accepted();
    bool renew = false;
    Http(host_).request_many(requests, [&](std::size_t at, const HttpAnswerView& answer) {
      const Judgement judgement = judged(answer);
      if (judgement.note == Note::alert) tell_of(answer.status, judgement.reason);
      renew = renew || judgement.note == Note::renew_token;
      proven_ = proven_ || judgement.authenticated;
      last = judgement.verdict;
      delivery.settle(requests[at].message, judgement.verdict);
    });
    if (renew) sender_->renew();
    return last;
  }

  void tell_of(std::uint32_t status, const std::string& reason) const {
    host_.log(VESTITEL_LOG_ERROR, "apns_not_understood", {{"status", std::to_string(status)}, {"reason", reason}});
  }

  const Host& host_;
  const NoticePolicy policy_;
  const bool tls_;
  const std::string key_id_, team_id_;
  std::mutex mutex_;  // deliver holds it for its whole run
  std::unique_ptr<Sender> sender_;
  bool proven_ = false;  // APNs has believed us since the start
};

}  // namespace
}  // namespace vestitel::apns

VESTITEL_EXPORT_SINK(vestitel::apns::ApnsSink, "org.vestitel.apns", "Apple Push Notification service", "1.0.0",
                     vestitel::apns::kFields)
