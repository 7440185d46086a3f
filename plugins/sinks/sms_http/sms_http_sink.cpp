// Sends each message as one SMS to one number through a provider's HTTP gateway. What the gateway is asked, what its
// answers mean and what it says later stands in a profile, which is data (docs/sinks/sms-http.md).
#include <vestitel/plugin.hpp>

#include <algorithm>
#include <map>

#include "plugins/sinks/common/outbound_text.hpp"
#include "plugins/sinks/common/sms_fields.hpp"
#include "plugins/sinks/common/web_address.hpp"
#include "plugins/sinks/sms_http/profile_tests.hpp"
#include "plugins/sinks/sms_http/receipt.hpp"
#include "plugins/sinks/sms_http/request.hpp"
#include "plugins/sinks/sms_http/verdicts.hpp"

namespace vestitel::sms_http {
namespace {

constexpr std::int64_t kMostPatienceMs = 60'000;
constexpr std::uint64_t kMaxBody = std::uint64_t{16} * 1024;
constexpr std::uint32_t kMaxBatch = 200;
constexpr std::size_t kLongestSecret = 1024;

constexpr vestitel::Field kFields[] = {
    field::url("url", "The gateway: https, or http to this machine. The profile adds the path.")
        .required()
        .example("https://sms.example.bg")
        .group("Gateway"),
    field::text("profile",
                "The profile, in YAML: what the gateway is asked, what its answers and receipts mean. "
                "Write ${file:/path} to keep it in a file of its own.")
        .required()
        .example("profile: 1\n"
                 "request:\n"
                 "  form: {to: '{to}', text: '{text}', from: '{sender}', key: '{token}'}\n"
                 "answers:\n"
                 "  success: {status: 200, id: {pattern: 'OK {value}*'}}\n")
        .group("Gateway"),
    field::text("username", "{username} of the profile.").group("Gateway"),
    field::secret("password", "{password} of the profile.").group("Gateway"),
    field::secret("token", "{token} of the profile.").group("Gateway"),
    field::secret("receipt_url", "{receipt_url} of the profile: where the provider says what became of a message.")
        .group("Receipts"),
    field::text("dead_errors", "Codes in receipts that mean: no such subscriber, such as 1,27.").group("Receipts"),
    field::text("sender", "{sender}: a registered name, up to 11 letters and digits, or a number.")
        .required()
        .example("NZOK")
        .group("Message"),
    field::integer("max_parts", "A text of more parts is not sent.").by_default("3").range(1, 10).group("Message"),
    field::duration("validity", "How long the provider tries; at most until the message is worthless.")
        .by_default("24h")
        .range(60'000, 14LL * 86'400'000)
        .group("Message"),
    field::duration("timeout", "Longest wait for an answer.").by_default("10s").range(100, kMostPatienceMs).advanced(),
};

std::string base_of(std::string url) {
  const auto address = sinks::parse_web_address(url);
  if (!address || url.find('?') != std::string::npos)
    throw Error::config("/url", "expected an https URL without user, password, ? and #");
  if (!sinks::is_private(*address))
    throw Error::config("/url", "http leads to this machine alone (localhost, 127.0.0.1, [::1]); expected https");
  while (url.back() == '/') url.pop_back();
  return url;
}

std::vector<std::string> codes_in(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view code = list.substr(0, comma);
    while (!code.empty() && code.front() == ' ') code.remove_prefix(1);
    while (code.size() > 1 && code.front() == '0') code.remove_prefix(1);
    if (!sinks::is_visible_ascii(code, 16))
      throw Error::config("/dead_errors", "expected codes with commas between them");
    out.emplace_back(code);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return out;
}

bool is_printable(std::string_view text) {
  return text.size() <= kLongestSecret &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

class SmsHttpSink {
 public:
  static constexpr Traits kTraits = Traits()
                                        .max_batch(kMaxBatch)
                                        .max_body(kMaxBody)
                                        .max_send(std::chrono::milliseconds(kMostPatienceMs) + std::chrono::seconds(5))
                                        .capabilities(R"({"network":["{url}"],"services":["vestitel.http/1"],)"
                                                      R"("secrets":["password","token","receipt_url"],)"
                                                      R"("libraries":["libyaml-cpp.so.0.7: reads the profile",)"
                                                      R"("libcrypto.so.3: SHA-256 of the id of a message"]})");

  SmsHttpSink(const Settings& settings, const Host& host)
      : host_(host),
        profile_(read_profile(settings.text("profile"))),
        dead_errors_(codes_in(settings.text("dead_errors"))),
        timeout_(settings.duration("timeout")) {
    account_.base = base_of(settings.url("url"));
    account_.sender = settings.text("sender");
    const std::string_view digits =
        std::string_view(account_.sender).substr(account_.sender.rfind('+', 0) == 0 ? 1 : 0);
    if (!sinks::is_sender_name(account_.sender) && !sinks::is_sender_number(digits))
      throw Error::config("/sender", "expected a number, or a name of 1 to 11 letters and digits");
    account_.username = settings.text("username");
    if (!is_printable(account_.username)) throw Error::config("/username", "expected printable characters of ASCII");
    if (account_.username.empty() && needs(Variable::username, false))
      throw Error::config("/username", "not set, and the profile needs it");
    account_.most_parts = static_cast<std::size_t>(settings.integer("max_parts"));
    account_.validity_us = std::chrono::microseconds(settings.duration("validity")).count();
  }

  // Runs the profile's own tests, reads the secrets and asks the gateway for nothing (HEAD): any answer will do.
  void check() {
    prepare();
    HttpRequest request;
    request.method = "HEAD";
    request.url = probe_url(profile_, account_);
    request.timeout = timeout_;
    const HttpAnswer answer = Http(host_).request(request);
    if (answer.rc >= 0) return;
    if (answer.rc == VESTITEL_E_CONFIG || answer.rc == VESTITEL_E_DENIED) throw Error::config("/url", answer.reason);
    throw Error::retry("reaching the gateway: " + answer.reason);
  }

  void start() { prepare(); }

  void deliver(const MessageBatch& batch, Delivery& delivery) {
    std::vector<std::string> ids;
    std::vector<HttpRequest> requests;
    for (std::uint32_t i = 0; i < batch.size(); ++i) add(batch[i], i, delivery, ids, requests);
    std::map<std::uint32_t, std::size_t> alerts;  // status: messages
    Http(host_).request_many(requests, [&](std::size_t i, const HttpAnswerView& answer) {
      const Judgement judgement = judge(profile_, answer, ids[i]);
      if (judgement.alert) ++alerts[answer.status];
      delivery.settle(requests[i].message, judgement.verdict);
    });
    for (const auto& [status, count] : alerts)
      host_.log(VESTITEL_LOG_ERROR, "sms_answer_needs_a_look",
                {{"status", std::to_string(status)}, {"messages", std::to_string(count)}});
  }

  // By the id that went along: nothing else is known of a message without an answer.
  void ask(const Doubts& doubts, Answers& answers) {
    if (!profile_.status.given) throw Error::config("/profile", "it has no status: the gateway cannot be asked");
    std::vector<HttpRequest> requests;
    for (std::uint32_t i = 0; i < doubts.size(); ++i) {
      requests.push_back(compose_status(profile_, account_, own_id(doubts[i].idem_key)));
      requests.back().timeout = timeout_;
    }
    Http(host_).request_many(requests, [&](std::size_t i, const HttpAnswerView& answer) {
      const auto n = static_cast<std::uint32_t>(i);
      const std::chrono::microseconds since(host_.now_us() - doubts[n].sent_us);
      answers.settle(n, judge_status(profile_.status, answer, own_id(doubts[n].idem_key), since));
    });
  }

  void on_callback(const Callback& callback, Receipts& receipts) {
    const HeardAll heard =
        read_receipts(profile_.receipt, dead_errors_, callback.query(), callback.body(), host_.now_us());
    for (const HeardOne& one : heard.list) {
      if (one.verdict) receipts.report(one.id, *one.verdict);
      if (!one.known) host_.log(VESTITEL_LOG_WARN, "receipt_state_unknown");
    }
    if (!heard.error.empty()) throw Error::data(heard.error);
  }

  void stop() {}

 private:
  bool needs(Variable which, bool with_receipts) const {
    const auto carry = [&](Variable v) {
      return profile_.request.uses(v, with_receipts) || profile_.status.request.uses(v, with_receipts);
    };
    return carry(which) || (which != Variable::basic && which != Variable::receipt_url && which != Variable::token &&
                            carry(Variable::basic));
  }

  std::string secret(const char* name, bool needed) const {
    std::string value = host_.secret(name);
    if (value.empty() && needed)
      throw Error::config(std::string("/") + name, "this secret is not set, and the profile needs it");
    if (!is_printable(value))
      throw Error::config(std::string("/") + name, "expected up to 1,024 printable characters of ASCII");
    return value;
  }

  // What needs secrets.
  void prepare() {
    static_cast<void>(Http(host_));  // throws where it was not granted
    run_tests(profile_, dead_errors_);
    std::string receipt_url = secret("receipt_url", needs(Variable::receipt_url, false));
    const bool is_url = sinks::parse_web_address(receipt_url) && receipt_url.find('?') == std::string::npos;
    if (!receipt_url.empty() && !is_url)
      throw Error::config("/receipt_url", "expected an http or https URL without user, password, ? and #");
    const bool asked = !receipt_url.empty();
    account_.password = secret("password", needs(Variable::password, asked));
    account_.token = secret("token", needs(Variable::token, asked));
    account_.receipt_url = std::move(receipt_url);
  }

  // Settles what cannot go out.
  void add(const Message& message, std::uint32_t i, Delivery& delivery, std::vector<std::string>& ids,
           std::vector<HttpRequest>& requests) const {
    const std::int64_t now = host_.now_us();
    if (message.expires_us != 0 && now >= message.expires_us)
      return delivery.settle(i, Verdict::permanent("expired before it could be sent"));
    const auto left = std::chrono::milliseconds((message.deadline_us - now) / 1000);
    if (message.deadline_us != 0 && left.count() <= 0)
      return delivery.settle(i, Verdict::retry("its turn came after its deadline"));
    if (message.body.size() > kMaxBody) return delivery.settle(i, Verdict::permanent("the text is larger than 16 KiB"));
    Composed made = compose(profile_, account_, message.to, message.body, message.idem_key,
                            message.expires_us == 0 ? 0 : message.expires_us - now);
    if (!made.error.empty()) return delivery.settle(i, Verdict::permanent(made.error));
    made.request.timeout = message.deadline_us == 0 ? timeout_ : std::min(timeout_, left);
    made.request.of_message(i);
    ids.push_back(std::move(made.id));
    requests.push_back(std::move(made.request));
  }

  const Host& host_;
  const Profile profile_;
  const std::vector<std::string> dead_errors_;
  const std::chrono::milliseconds timeout_;
  Account account_;
};

}  // namespace
}  // namespace vestitel::sms_http

VESTITEL_EXPORT_SINK(vestitel::sms_http::SmsHttpSink, "org.vestitel.sms-http", "SMS over HTTP", "1.0.0",
                     vestitel::sms_http::kFields)
