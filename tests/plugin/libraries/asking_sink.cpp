// A sink that asks the host's services what a message's title says, and tells in the reason what came of it.
#include <unistd.h>

#include <string>
#include <vestitel/plugin.hpp>

namespace {

using vestitel::HttpRequest;
using vestitel::Verdict;

std::string word(std::string_view& text) {
  const auto end = std::min(text.find(' '), text.size());
  std::string out(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return out;
}

class AskingSink {
 public:
  explicit AskingSink(const vestitel::Host& host)
      : host_(host), asked_(vestitel::Metric::counter(host, "asked", "What was asked.", {{"kind", "all"}})) {}

  // Asks for a message of a deliver that is over.
  void check() {
    if (last_.url.empty()) return;
    const auto answer = vestitel::Http(host_).request(last_);
    throw vestitel::Error(VESTITEL_E_CONFIG,
                          "rc=" + std::to_string(answer.rc) + " sent=" + (answer.sent ? "1 " : "0 ") + answer.reason);
  }

  void on_callback(const vestitel::Callback& callback, vestitel::Receipts& receipts) {
    if (callback.query() == "forged") throw vestitel::Error::auth("its signature does not match");
    if (callback.query() == "odd") throw vestitel::Error::data("no receipt");
    receipts.report(std::string(callback.method()) + std::string(callback.body()), Verdict::delivered());
  }

  vestitel::Polled poll_receipts(std::uint32_t max, vestitel::Receipts& receipts) {
    receipts.report("polled-" + std::to_string(max), Verdict::permanent("bounced"));
    return ++polls_ % 2 == 1 ? vestitel::Polled::more : vestitel::Polled::end;
  }

  // A key says what is answered; the reason tells what was asked.
  void ask(const vestitel::Doubts& doubts, vestitel::Answers& answers) {
    for (std::uint32_t i = doubts.size(); i-- > 0;) {
      const vestitel::Doubt one = doubts[i];
      const std::string_view key = one.idem_key;
      const std::string said = std::string(one.id) + " " + std::string(one.provider_id) + " " +
                               std::to_string(one.channel) + " " + std::to_string(one.sent_us) + " " +
                               std::to_string(one.expires_us) + " " + std::to_string(one.asked);
      if (key == "there") answers.settle(i, Verdict::accepted("p-17"));
      if (key == "absent") answers.settle(i, Verdict::retry(said));
      if (key == "twice") answers.settle(i, Verdict::delivered());
      if (key == "twice") answers.settle(i, Verdict::permanent("second"));
      if (key == "beyond") answers.settle(doubts.size(), Verdict::delivered());
      if (key == "fails") throw vestitel::Error::retry("the gateway does not answer", 5);
      if (key == "dies") ::_exit(7);
    }
  }

  void deliver(const vestitel::MessageBatch& batch, vestitel::Delivery& delivery) {
    if (batch.size() > 0 && batch[0].title.substr(0, 5) == "http ") return http(batch, delivery);
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      asked_.add();
      std::string said;
      try {
        std::string_view title = batch[i].title;
        const std::string verb = word(title);
        said = ask(verb, title);
      } catch (const vestitel::Error& error) {
        said = "error " + std::to_string(error.rc()) + " " + error.what();
      }
      delivery.settle(i, Verdict::permanent(said));
    }
  }

 private:
  std::string ask(const std::string& verb, std::string_view rest) {
    if (verb == "granted") return granted();
    if (verb == "config") return vestitel::config_json(host_, rest).value_or("nothing");
    if (verb == "sleep")
      return vestitel::sleep_for(host_, std::chrono::microseconds(std::stol(word(rest)))) ? "slept" : "cancelled";
    if (verb == "connect") return connect(word(rest), rest);
    if (verb == "receipt") return receipt(rest);
    const vestitel::Kv kept(host_);
    const std::string key = word(rest);
    if (verb == "get") {
      const auto found = kept.entry(key);
      return found ? found->value + " at " + std::to_string(found->revision) : "nothing";
    }
    if (verb == "put") return kept.put(key, rest), "put";
    if (verb == "fill") return kept.put(key, std::string(std::stoul(word(rest)), 'x')), "put";
    if (verb == "remove") return kept.remove(key) ? "removed" : "nothing";
    if (verb == "cas") {
      const auto expected = std::stoull(word(rest));
      const auto revision = kept.cas(key, expected, rest);
      return revision ? "put at " + std::to_string(*revision) : "changed";
    }
    std::string out;
    kept.each(key, [&](std::string_view one, std::uint64_t) { out += (out.empty() ? "" : " ") + std::string(one); });
    return out;
  }

  std::string granted() const {
    std::string out;
    for (const char* id : {"config", "clock", "kv", "metric", "connect", "http", "subjects", "receipt", "secret"})
      if (host_.service<vestitel_config_v1>(("vestitel." + std::string(id) + "/1").c_str()) != nullptr)
        out += (out.empty() ? "" : " ") + std::string(id);
    return out;
  }

  // Says a line and hears one.
  std::string connect(const std::string& host, std::string_view port) const {
    const int fd = vestitel::connect_stream(host_, host, static_cast<std::uint16_t>(std::stoi(std::string(port))));
    const std::string_view line = "GET / HTTP/1.1\r\n\r\n";
    char answer[64];
    const bool sent = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    const ssize_t got = sent ? ::read(fd, answer, sizeof answer) : -1;
    ::close(fd);
    return got > 0 ? std::string(answer, std::string_view(answer, static_cast<std::size_t>(got)).find('\r'))
                   : "silence";
  }

  std::string receipt(std::string_view id) const {
    const auto& receipts = vestitel::granted_service<vestitel_receipt_v1>(host_, "vestitel.receipt/1");
    const auto verdict = Verdict::contact_dead("gone", 5'000'000).abi();
    vestitel::detail::asked(
        [&](vestitel_error* e) { return receipts.report(host_.abi(), vestitel::to_str(id), &verdict, e); });
    return "reported";
  }

  void http(const vestitel::MessageBatch& batch, vestitel::Delivery& delivery) {
    std::vector<HttpRequest> requests;
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      std::string_view title = batch[i].title;
      word(title);
      HttpRequest request = HttpRequest::post(word(title), "text/plain", std::string(batch[i].body));
      request.header("x-key", std::string(batch[i].idem_key)).of_message(i);
      request.timeout = std::chrono::seconds(5);
      while (!title.empty()) {
        const std::string option = word(title);
        if (option == "repeatable") request.flags |= VESTITEL_HTTP_REPEATABLE;
        if (option == "small") request.max_answer = 8;
        if (option == "split") request.header("x-evil", "a\r\nx-other: b");
        if (option == "host") request.header("Host", "other.example.bg");
        if (option == "impatient") request.timeout = std::chrono::milliseconds(300);
        if (option == "connect") request.method = "CONNECT";
      }
      requests.push_back(std::move(request));
    }
    last_ = requests.front();
    vestitel::Http(host_).request_many(requests, [&](std::size_t i, const vestitel::HttpAnswerView& a) {
      std::string said = "rc=" + std::to_string(a.rc) + " sent=" + (a.sent ? "1" : "0") +
                         " status=" + std::to_string(a.status) + " body=" + std::string(a.body);
      if (a.retry_after_ms >= 0) said += " after=" + std::to_string(a.retry_after_ms);
      if (!a.header("x-mark").empty()) said += " mark=" + std::string(a.header("x-mark"));
      if (!a.reason.empty()) said += " (" + std::string(a.reason) + ")";
      delivery.settle(static_cast<std::uint32_t>(i), a.ok() ? Verdict::accepted(said) : Verdict::permanent(said));
    });
  }

  const vestitel::Host& host_;
  const vestitel::Metric asked_;
  HttpRequest last_;
  int polls_ = 0;
};

}  // namespace

VESTITEL_EXPORT_SINK(AskingSink, "org.test.asking-sink", "Asking", "1.0.0", "{}")
