// Sends each message to one app by FCM's HTTP v1: on Android, and on iOS or a browser where the app uses FCM there. One
// OAuth token serves all messages, and a batch never asks for more than one.
#include <memory>
#include <mutex>
#include <vector>
#include <vestitel/plugin.hpp>

#include "plugins/sinks/common/http_answer.hpp"
#include "plugins/sinks/fcm/grant.hpp"
#include "plugins/sinks/fcm/notice.hpp"
#include "plugins/sinks/fcm/verdicts.hpp"

namespace vestitel::fcm {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kMaxBatch = 256;  // how many of them are on their way at once is the hub's to pace
constexpr seconds kMostWait{60};
constexpr seconds kMostSend{2 * kMostWait + seconds(15)};  // for a token, then for the answers
constexpr std::int64_t kDay = 86'400'000;
constexpr char kGoogle[] = "https://fcm.googleapis.com", kTokens[] = "https://oauth2.googleapis.com";
constexpr char kToken[] = "token";  // there is one

constexpr Field kFields[] = {
    field::secret("service_account", "The key file of the service account, whole: JSON with private_key.")
        .group("Sender"),
    field::text("project", "Id of the Firebase project; not set: the one of the key file.")
        .example("example-project")
        .group("Sender"),
    field::text("channel_id", "Channel of the app on Android that shows the messages; not set: the app's default.")
        .group("Message"),
    field::choice("priority", "Of a message that is not urgent. high wakes a device that sleeps.", "normal|high")
        .by_default("normal")
        .group("Message"),
    field::duration("ttl", "Longest time that FCM keeps a message for a device that is off.")
        .by_default("28d")
        .range(0, 28 * kDay)
        .group("Message"),
    field::boolean("data_only", "Hand the texts to the app, which shows them itself, and nothing to the system.")
        .by_default("false")
        .group("Message"),
    field::boolean("dry_run", "FCM checks each message, answers, and tells nobody.").by_default("false").group("Trial"),
    field::url("endpoint", "For trials: the http or https origin that is called instead of FCM.")
        .advanced()
        .group("Trial"),
    field::url("token_endpoint", "The token_uri of the key file, where that is not on oauth2.googleapis.com.")
        .advanced()
        .group("Trial"),
    field::duration("timeout", "Longest wait for an answer.").by_default("20s").range(1000, 60'000).advanced(),
};

std::string origin_of(const std::string& url, const char* key) {
  const auto address = sinks::parse_web_address(url);
  if (!address || !sinks::is_private(*address))
    throw Error::config(std::string("/") + key, "expected an https URL, or http of this machine itself");
  return address->origin();
}

NoticePolicy notice_policy(const Settings& settings) {
  NoticePolicy out;
  out.ttl_s = settings.duration("ttl").count() / 1000;
  out.high = settings.choice("priority") == "high";
  out.data_only = settings.boolean("data_only");
  out.dry_run = settings.boolean("dry_run");
  out.android_channel = settings.text("channel_id");
  out.timeout = settings.duration("timeout");
  return out;
}

class FcmSink {
 public:
  static constexpr Traits kTraits =
      Traits()
          .needs_net()
          .max_batch(kMaxBatch)
          .max_body(kMaxPayload)
          .max_send(kMostSend)
          .capabilities(
              R"({"network":["fcm.googleapis.com:443","oauth2.googleapis.com:443","{endpoint}","{token_endpoint}"],)"
              R"("services":["vestitel.http/1"],"secrets":["service_account"],)"
              R"("libraries":["libcrypto.so.3: the signature under what asks for a token"]})");

  FcmSink(const Settings& settings, const Host& host)
      : host_(host), project_(settings.text("project")), policy_(notice_policy(settings)) {
    const std::string &endpoint = settings.url("endpoint"), &tokens = settings.url("token_endpoint");
    endpoint_ = endpoint.empty() ? kGoogle : origin_of(endpoint, "endpoint");
    tokens_at_ = tokens.empty() ? kTokens : origin_of(tokens, "token_endpoint");
    if (!project_.empty() && !is_project(project_)) throw Error::config("/project", "expected the id of a project");
  }

  // Asks for a token, and FCM for its word on a message that goes to nobody.
  void check() {
    const std::lock_guard lock(mutex_);
    prepare();
    const Token token = ask_token();
    if (token.text.empty()) fail(token.refusal);
    Verdict verdict = Verdict::accepted();
    Http(host_).request_many(
        {send_request(policy_, trial_body(), token.text)},
        [&](std::size_t, const HttpAnswerView& answer) { verdict = judge(answer, host_.now_us()).verdict; });
    if (verdict.kind() != VESTITEL_ACCEPTED) fail(verdict);
  }

  void start() {
    const std::lock_guard lock(mutex_);
    prepare();
  }

  void deliver(const MessageBatch& batch, Delivery& delivery) {
    const std::lock_guard lock(mutex_);
    if (!account_) return;
    Round round{delivery, {}, {}};
    for (std::uint32_t i = 0; i < batch.size() && !delivery.cancelled(); ++i) make(i, batch[i], round);
    if (round.bodies.empty()) return;
    const Token token = ask_token();
    if (token.text.empty()) {
      for (const Ready& ready : round.bodies) delivery.settle(ready.message, token.refusal);
      return;
    }
    send(batch, token.text, round);
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    account_.reset();
    shelf_.forget(kToken);
  }

 private:
  struct Ready {
    std::uint32_t message;
    std::string body;
  };
  // One call of deliver. `sent`: which message each request belongs to.
  struct Round {
    Delivery& delivery;
    std::vector<Ready> bodies;
    std::vector<std::uint32_t> sent;
    bool refused = false, taken = false;  // the token
  };
  struct Token {
    std::string text;
    Verdict refusal = Verdict::config_error("the key of the service account cannot sign");
  };

  [[noreturn]] static void fail(const Verdict& verdict) {
    if (verdict.kind() == VESTITEL_CONFIG_ERROR) throw Error::config("/service_account", verdict.reason());
    throw Error::retry(verdict.reason());
  }

  // What needs secrets.
  void prepare() {
    static_cast<void>(Http(host_));  // throws where it was not granted
    std::optional<Account> account;
    std::string problem = "not set; expected the key file of a service account, whole";
    host_.with_secret("service_account", [&](std::string_view json) { account = parse_account(json, problem); });
    if (!account) throw Error::config("/service_account", problem);
    if (account->token_host.origin() != tokens_at_)
      throw Error::config("/token_endpoint", "the token_uri of the key file leads elsewhere");
    const std::string& project = project_.empty() ? account->project : project_;
    if (project.empty()) throw Error::config("/project", "not set, and the key file names none");
    policy_.url = endpoint_ + "/v1/projects/" + project + "/messages:send";
    account_ = std::move(account);
    shelf_.forget(kToken);
    distrusted_ = false;
  }

  void make(std::uint32_t i, const Message& message, Round& round) const {
    const std::int64_t now = host_.now_us();
    if (message.expires_us != 0 && now >= message.expires_us)
      return round.delivery.settle(i, Verdict::permanent("expired before it could be sent"));
    std::string problem;
    auto body = body_of(message, policy_, now, problem);
    if (!body) return round.delivery.settle(i, Verdict::permanent(problem));
    round.bodies.push_back({i, std::move(*body)});
  }

  Token ask_token() {
    Token out;
    const std::int64_t now = host_.now_us();
    out.text = shelf_.get(kToken, now, [&]() -> std::optional<sinks::FreshToken> {
      const auto request = grant_request(*account_, now, policy_.timeout);
      if (!request) return std::nullopt;
      Grant grant;
      Http(host_).request_many({*request}, [&](std::size_t, const HttpAnswerView& a) { grant = judge_grant(a); });
      if (grant.verdict) out.refusal = *grant.verdict;
      if (!grant.token) host_.log(VESTITEL_LOG_WARN, "fcm_no_token", {{"reason", out.refusal.reason()}});
      return grant.token;
    });
    return out;
  }

  void send(const MessageBatch& batch, const std::string& token, Round& round) {
    std::vector<HttpRequest> requests;
    for (Ready& ready : round.bodies) {
      const std::int64_t deadline = batch[ready.message].deadline_us;
      const milliseconds left((deadline - host_.now_us()) / 1000);
      if (deadline != 0 && left.count() <= 0) {
        round.delivery.settle(ready.message, Verdict::retry("its turn came after its deadline"));
        continue;
      }
      requests.push_back(send_request(policy_, std::move(ready.body), token));
      requests.back().of_message(ready.message);
      if (deadline != 0) requests.back().timeout = std::min(policy_.timeout, left);
      round.sent.push_back(ready.message);
    }
    Http(host_).request_many(requests, [&](std::size_t at, const HttpAnswerView& answer) { take(at, answer, round); });
    if (round.refused) shelf_.forget(kToken);
    if (round.refused || round.taken) distrusted_ = round.refused;
  }

  void take(std::size_t at, const HttpAnswerView& answer, Round& round) const {
    const Judgement judgement = judge(answer, host_.now_us());
    if (judgement.note == Note::alert)
      host_.log(VESTITEL_LOG_ERROR, "fcm_not_understood",
                {{"status", std::to_string(answer.status)}, {"code", judgement.code}, {"field", judgement.field}});
    round.taken = round.taken || judgement.verdict.kind() == VESTITEL_ACCEPTED;
    if (judgement.note != Note::token_refused) return round.delivery.settle(round.sent[at], judgement.verdict);
    round.refused = true;
    round.delivery.settle(round.sent[at], distrusted_ ? Verdict::config_error(kRefusedAgain) : judgement.verdict);
  }

  static constexpr char kRefusedAgain[] = "FCM refuses a fresh token too: is the account of this project?";

  const Host& host_;
  const std::string project_;
  std::string endpoint_, tokens_at_;
  std::mutex mutex_;  // deliver holds it for its whole run
  NoticePolicy policy_;
  std::optional<Account> account_;
  sinks::TokenShelf shelf_;
  bool distrusted_ = false;  // the token before this one was refused, and none has been taken since
};

}  // namespace
}  // namespace vestitel::fcm

VESTITEL_EXPORT_SINK(vestitel::fcm::FcmSink, "org.vestitel.fcm", "Firebase Cloud Messaging", "1.0.0",
                     vestitel::fcm::kFields)
