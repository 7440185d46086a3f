#include "sdk/tools/cassette.hpp"

#include <openssl/evp.h>
#include <vestitel/abi_services.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "core/base/json_text.hpp"

namespace vestitel {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// ---- texts ------------------------------------------------------------------------------------------------------

ordered_json encoded(const std::string& bytes) {
  if (is_utf8(bytes)) return bytes;
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return {{"base64", text}};
}

std::string decoded(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_object()) return {};
  const std::string text = value.value("base64", std::string());
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  const int size =
      ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  const auto padding =
      std::count(text.end() - std::min<std::ptrdiff_t>(2, static_cast<std::ptrdiff_t>(text.size())), text.end(), '=');
  bytes.resize(size < padding ? 0 : static_cast<std::size_t>(size - padding));
  return bytes;
}

struct Key {
  std::string method, url, body;
};

std::string line_of(const Key& request, const wire::HttpAnswer& answer) {
  ordered_json line{{"method", request.method}, {"url", request.url}};
  if (!request.body.empty()) line["body"] = encoded(request.body);
  ordered_json& said = line["answer"];
  if (answer.rc != VESTITEL_OK) said = {{"rc", answer.rc}, {"sent", answer.sent}, {"reason", answer.reason}};
  said["status"] = answer.status;
  if (answer.http_version != 0) said["http"] = answer.http_version;
  if (answer.retry_after_ms >= 0) said["retry_after_ms"] = answer.retry_after_ms;
  auto headers = ordered_json::array();
  for (const auto& [name, value] : answer.headers) headers.push_back({name, is_utf8(value) ? value : std::string()});
  said["headers"] = std::move(headers);
  said["body"] = encoded(answer.body);
  return line.dump() + '\n';
}

wire::HttpAnswer answer_of(const json& said) {
  wire::HttpAnswer answer;
  answer.rc = said.value("rc", 0);
  answer.sent = said.value("sent", true);
  answer.reason = said.value("reason", std::string());
  answer.status = said.value("status", 0U);
  answer.http_version = said.value("http", 0U);
  answer.retry_after_ms = said.value("retry_after_ms", std::int64_t{-1});
  for (const auto& header : said.value("headers", json::array()))
    answer.headers.emplace_back(header.at(0).get<std::string>(), header.at(1).get<std::string>());
  if (said.contains("body")) answer.body = decoded(said["body"]);
  return answer;
}

// ---- recording --------------------------------------------------------------------------------------------------

class Tape {
 public:
  explicit Tape(const std::string& path) : file_(path, std::ios::binary | std::ios::trunc) {}
  [[nodiscard]] bool good() const { return file_.good(); }
  void write(const std::string& line) {
    const std::lock_guard lock(mutex_);
    file_ << line << std::flush;
  }

 private:
  std::mutex mutex_;
  std::ofstream file_;
};

class RecordingReceiver final : public HttpReceiver {
 public:
  RecordingReceiver(std::shared_ptr<HttpReceiver> to, std::shared_ptr<Tape> tape, std::vector<Key> requests)
      : to_(std::move(to)), tape_(std::move(tape)), requests_(std::move(requests)) {}
  bool starting(std::uint32_t message) override { return to_->starting(message); }
  bool answered(std::uint32_t index, wire::HttpAnswer answer) override {
    if (index < requests_.size()) tape_->write(line_of(requests_[index], answer));
    return to_->answered(index, std::move(answer));
  }
  void paused() override { to_->paused(); }
  void finished() override { to_->finished(); }

 private:
  const std::shared_ptr<HttpReceiver> to_;
  const std::shared_ptr<Tape> tape_;
  const std::vector<Key> requests_;
};

class RecordingHttp final : public HttpClient {
 public:
  RecordingHttp(std::shared_ptr<HttpClient> inner, std::shared_ptr<Tape> tape)
      : inner_(std::move(inner)), tape_(std::move(tape)) {}
  void submit(std::vector<wire::HttpRequest> requests, std::shared_ptr<HttpReceiver> receiver) override {
    std::vector<Key> keys;
    for (const auto& request : requests) keys.push_back({request.method, request.url, request.body});
    inner_->submit(std::move(requests),
                   std::make_shared<RecordingReceiver>(std::move(receiver), tape_, std::move(keys)));
  }
  void cancel() override { inner_->cancel(); }
  void resume() override { inner_->resume(); }
  void close() override { inner_->close(); }

 private:
  const std::shared_ptr<HttpClient> inner_;
  const std::shared_ptr<Tape> tape_;
};

// ---- replaying --------------------------------------------------------------------------------------------------

class ReplayingHttp final : public HttpClient {
 public:
  explicit ReplayingHttp(Cassette cassette) : cassette_(std::move(cassette)) {}

  // In the caller's thread: there is nothing to wait for.
  void submit(std::vector<wire::HttpRequest> requests, std::shared_ptr<HttpReceiver> receiver) override {
    for (std::uint32_t i = 0; i < requests.size(); ++i) {
      wire::HttpAnswer answer = answer_to(requests[i]);
      if (answer.sent && requests[i].message != VESTITEL_HTTP_NO_MESSAGE)
        static_cast<void>(receiver->starting(requests[i].message));
      receiver->answered(i, std::move(answer));
    }
    receiver->finished();
  }
  void cancel() override {}
  void resume() override {}
  void close() override {}

 private:
  wire::HttpAnswer answer_to(const wire::HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    if (auto answer = cassette_.next(request.method, request.url, request.body)) return std::move(*answer);
    return wire::no_answer(VESTITEL_E_RETRY, "this request was not recorded");
  }

  std::mutex mutex_;
  Cassette cassette_;  // under mutex_
};

}  // namespace

Result<Cassette> Cassette::parse(std::string_view text) {
  Cassette out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty()) continue;
    const json exchange = json::parse(line, nullptr, false);
    try {  // border: a key that is missing or has another type
      const std::string body = exchange.contains("body") ? decoded(exchange["body"]) : "";
      out.recorded_[{exchange.at("method"), exchange.at("url"), body}].push_back(answer_of(exchange.at("answer")));
    } catch (const json::exception&) {
      return {Failure::kInvalid, "line " + std::to_string(number) + " of the cassette is no exchange"};
    }
  }
  return out;
}

std::optional<wire::HttpAnswer> Cassette::next(const std::string& method, const std::string& url,
                                               const std::string& body) {
  const auto found = recorded_.find({method, url, body});
  if (found == recorded_.end()) return std::nullopt;
  wire::HttpAnswer answer = found->second.front();
  if (found->second.size() > 1) found->second.pop_front();
  return answer;
}

Result<std::shared_ptr<HttpClient>> recording_http(std::shared_ptr<HttpClient> inner, const std::string& path) {
  auto tape = std::make_shared<Tape>(path);
  if (!tape->good()) return {Failure::kIo, "writing " + path + ": the file cannot be made"};
  return std::shared_ptr<HttpClient>(std::make_shared<RecordingHttp>(std::move(inner), std::move(tape)));
}

Result<std::shared_ptr<HttpClient>> replaying_http(std::string_view text) {
  auto cassette = Cassette::parse(text);
  if (!cassette) return cassette.error();
  return std::shared_ptr<HttpClient>(std::make_shared<ReplayingHttp>(std::move(*cassette)));
}

}  // namespace vestitel
