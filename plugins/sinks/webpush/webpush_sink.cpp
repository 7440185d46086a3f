// Sends each message to one browser: encrypted for it alone, of the same length whatever it says, over the push service
// that the browser's subscription names. A repeat has the same Topic and tag, so that it takes its first form's place.
#include <memory>
#include <mutex>
#include <vector>
#include <vestitel/plugin.hpp>

#include "plugins/sinks/common/web_address.hpp"
#include "plugins/sinks/webpush/content.hpp"
#include "plugins/sinks/webpush/notice.hpp"
#include "plugins/sinks/webpush/service_pauses.hpp"
#include "plugins/sinks/webpush/services.hpp"
#include "plugins/sinks/webpush/vapid.hpp"
#include "plugins/sinks/webpush/verdicts.hpp"

namespace vestitel::webpush {
namespace {

using std::chrono::seconds;

constexpr std::uint32_t kMaxBatch = 256;  // how many of them are on their way at once is the hub's to pace
constexpr seconds kMostWait{60};
constexpr seconds kMostSend{75};  // encrypting a batch takes far less than what is above the wait
constexpr std::int64_t kDay = 86'400'000;

constexpr Field kFields[] = {
    field::text("contact", "Whom a push service can reach about this sender: mailto: and an address, or an https URL.")
        .required()
        .example("mailto:push@example.bg")
        .group("Sender"),
    field::secret("vapid_key", "Private key of the sender (P-256): PEM, or 32 bytes in base64url.").group("Sender"),
    field::text("public_key",
                "The key that the pages subscribe with, in base64url; where it is set, vapid_key has to belong to it.")
        .group("Sender"),
    field::url("service",
               "A push service beside those of the browsers, such as https://push.example.bg; it is called too.")
        .group("Service"),
    field::url("stand_in", "For trials: the http or https origin that is called instead of every push service.")
        .advanced()
        .group("Service"),
    field::duration("timeout", "Longest wait for an answer.").by_default("20s").range(1000, 60'000).group("Service"),
    field::duration("ttl", "Longest time that a push service keeps a message for a device that is off.")
        .by_default("28d")
        .range(0, 28 * kDay)
        .group("Message"),
    field::choice("urgency",
                  "Of a message that is not urgent. high: at once; normal: where the device has power or is in use; "
                  "low and very-low: later still.",
                  "very-low|low|normal|high")
        .by_default("high")
        .group("Message"),
    field::integer("length", "Bytes of every message on its way, however long its text is.")
        .by_default("2048")
        .range(512, static_cast<std::int64_t>(kMaxBody))
        .advanced()
        .group("Message"),
};

NoticePolicy notice_policy(const Settings& settings) {
  NoticePolicy out;
  out.ttl_s = settings.duration("ttl").count() / 1000;
  out.urgency = settings.choice("urgency");
  out.body_size = static_cast<std::size_t>(settings.integer("length"));
  out.timeout = settings.duration("timeout");
  out.stand_in = settings.url("stand_in");
  if (out.stand_in.empty()) return out;
  const auto address = sinks::parse_web_address(out.stand_in);
  if (!address || !sinks::is_private(*address))
    throw Error::config("/stand_in", "expected an https URL, or http of this machine itself");
  out.stand_in = address->origin();
  return out;
}

Services services_of(const Settings& settings) {
  auto made = Services::create(settings.url("service"));
  if (!made) throw Error::config("/service", "expected https://HOST or https://HOST:PORT of a push service");
  return *made;
}

std::string contact_of(const Settings& settings) {
  const std::string& contact = settings.text("contact");
  if (!is_contact(contact))
    throw Error::config("/contact", "expected mailto: and one address, or an https URL, with a public host name");
  return contact;
}

class WebPushSink {
 public:
  static constexpr Traits kTraits =
      Traits().needs_net().max_batch(kMaxBatch).max_body(kMaxBody).max_send(kMostSend).capabilities(
          R"({"network":["fcm.googleapis.com:443","updates.push.services.mozilla.com:443","web.push.apple.com:443",)"
          R"("*.push.apple.com:443","*.notify.windows.com:443","{service}","{stand_in}"],)"
          R"("services":["vestitel.http/1"],"secrets":["vapid_key"],)"
          R"("libraries":["libcrypto.so.3: keys, tokens and the encryption of messages"]})");

  WebPushSink(const Settings& settings, const Host& host)
      : settings_(settings),
        host_(host),
        policy_(notice_policy(settings)),
        services_(services_of(settings)),
        contact_(contact_of(settings)) {}

  // The key is right, and each push service answers something.
  void check() {
    read_key();
    std::vector<std::string> origins = services_.origins();
    if (!policy_.stand_in.empty()) origins = {policy_.stand_in};
    std::vector<HttpRequest> requests;
    for (const std::string& origin : origins) {
      requests.push_back(HttpRequest::get(origin + '/'));
      requests.back().timeout = policy_.timeout;
    }
    std::string missed;
    Http(host_).request_many(requests, [&](std::size_t i, const HttpAnswerView& answer) {
      if (answer.rc < 0) missed = "reaching " + origins[i] + ": " + std::string(answer.reason);
    });
    if (!missed.empty()) throw Error::retry(missed);
  }

  void start() {
    auto identity = read_key();
    const std::lock_guard lock(mutex_);
    identity_ = std::move(identity);
  }

  void deliver(const MessageBatch& batch, Delivery& delivery) {
    const std::lock_guard lock(mutex_);
    if (!identity_) return;
    Round round{batch, delivery, {}, {}, {}};
    for (std::uint32_t i = 0; i < batch.size() && !delivery.cancelled(); ++i) make(i, round);
    Http(host_).request_many(round.requests,
                             [&](std::size_t at, const HttpAnswerView& answer) { take(at, answer, round); });
    for (const Refusal& refusal : round.refusals)
      delivery.settle(refusal.message,
                      book_.verdict(round.sent[refusal.at].endpoint.origin, refusal.status, host_.now_us()));
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    identity_.reset();
  }

 private:
  struct Sent {
    std::uint32_t message;
    Endpoint endpoint;
  };
  struct Refusal {
    std::uint32_t message;
    std::size_t at;
    std::uint32_t status;
  };
  // One call of deliver: requests and what they belong to, and the refusals that wait for the answers of the others.
  struct Round {
    const MessageBatch& batch;
    Delivery& delivery;
    std::vector<HttpRequest> requests;
    std::vector<Sent> sent;
    std::vector<Refusal> refusals;
  };

  std::unique_ptr<Identity> read_key() const {
    Key key;
    const bool set = host_.with_secret("vapid_key", [&](std::string_view text) { key = private_key(text); });
    if (!set) throw Error::config("/vapid_key", "not set");
    if (!key) throw Error::config("/vapid_key", "expected a private key of P-256, as PEM or as 32 bytes in base64url");
    auto identity = std::make_unique<Identity>(std::move(key), contact_);
    const std::string& wanted = settings_.text("public_key");
    if (!wanted.empty() && wanted != identity->public_key())
      throw Error::config("/public_key", "it does not belong to vapid_key");
    return identity;
  }

  void make(std::uint32_t i, Round& round) {
    const Message message = round.batch[i];
    const std::int64_t now = host_.now_us();
    if (message.expires_us != 0 && now >= message.expires_us)
      return round.delivery.settle(i, Verdict::permanent("expired before it could be sent"));
    if (message.deadline_us != 0 && now >= message.deadline_us)
      return round.delivery.settle(i, Verdict::retry("its turn came after its deadline"));
    std::string problem;
    const auto to = parse_subscription(message.to, problem);
    if (!to) return round.delivery.settle(i, Verdict::permanent(problem));
    if (!services_.allow(to->endpoint))
      return round.delivery.settle(i, Verdict::permanent("the subscription is of a push service that is not allowed"));
    const std::string& origin = to->endpoint.origin;
    if (const auto left = pauses_.left(origin, now); left.count() > 0)
      return round.delivery.settle(i, pauses_.retry(origin, "not sent: its push service is left alone", left, now));
    auto request = request_of(message, *to, policy_, now, problem);
    if (!request) return round.delivery.settle(i, Verdict::permanent(problem));
    const std::string authorization = identity_->authorization(to->endpoint.origin, now);
    if (authorization.empty()) return round.delivery.settle(i, Verdict::config_error("the VAPID key cannot sign"));
    request->header("authorization", authorization).of_message(i);
    round.requests.push_back(std::move(*request));
    round.sent.push_back({i, to->endpoint});
  }

  void take(std::size_t at, const HttpAnswerView& answer, Round& round) {
    const Sent& sent = round.sent[at];
    const std::int64_t now = host_.now_us();
    const Judgement judgement = judge(answer, now);
    const std::string& origin = sent.endpoint.origin;
    if (judgement.verdict.kind() == VESTITEL_ACCEPTED) book_.taken(origin, now), pauses_.worked(origin);
    if (judgement.verdict.kind() == VESTITEL_RETRY && judgement.verdict.scope() == Scope::link) {
      const auto stated = judgement.verdict.after();
      pauses_.failed(origin, stated, now);
      return round.delivery.settle(sent.message, pauses_.retry(origin, judgement.verdict.reason(), stated, now));
    }
    if (judgement.note == Note::bad_token) identity_->forget(origin);
    if (judgement.note == Note::alert)
      host_.log(VESTITEL_LOG_ERROR, "webpush_not_understood",
                {{"service", sent.endpoint.host}, {"status", std::to_string(answer.status)}});
    if (judgement.note != Note::refused) return round.delivery.settle(sent.message, judgement.verdict);
    identity_->forget(origin);
    book_.refused(origin, sent.endpoint.path, now);
    round.refusals.push_back({sent.message, at, answer.status});
  }

  const Settings& settings_;
  const Host& host_;
  const NoticePolicy policy_;
  const Services services_;
  const std::string contact_;
  std::mutex mutex_;  // deliver holds it for its whole run
  std::unique_ptr<Identity> identity_;
  RefusalBook book_;
  ServicePauses pauses_;
};

}  // namespace
}  // namespace vestitel::webpush

VESTITEL_EXPORT_SINK(vestitel::webpush::WebPushSink, "org.vestitel.webpush", "Web Push", "1.0.0",
                     vestitel::webpush::kFields)
