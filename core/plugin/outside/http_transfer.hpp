// One request on its way: a curl handle with all that it borrows, used again for the next.
#pragma once
#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/plugin/outside/http_client.hpp"

namespace vestitel {

// How long a request waits for its turn, and then for its answer, in milliseconds.
long patience_of(const wire::HttpRequest& request);
// It has a header of this name, which is in lower case.
bool says(const wire::HttpAnswer& answer, std::string_view header);

class HttpTransfer {
 public:
  // Borrows `options`.
  explicit HttpTransfer(const HttpOptions& options);
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  // Sets the handle up for this request; it has been checked. False: libcurl has no memory for it.
  bool prepare(wire::HttpRequest request, std::uint32_t index, std::shared_ptr<HttpReceiver> receiver,
               bool only_public);
  // What it came to. The transfer may be prepared again.
  wire::HttpAnswer result(CURLcode code);

  [[nodiscard]] CURL* handle() const { return easy_.get(); }
  [[nodiscard]] std::uint32_t index() const { return index_; }
  [[nodiscard]] bool sent() const { return sent_; }
  // Its time was up a while ago, and libcurl did not see: it does not look at those that wait for another's connection.
  [[nodiscard]] bool overdue(std::chrono::steady_clock::time_point now) const { return now > overdue_at_; }
  // Of what was sent.
  [[nodiscard]] Micros since_left() const {
    return std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now() - left_at_);
  }
  HttpReceiver& receiver() { return *receiver_; }
  std::shared_ptr<HttpReceiver> take_receiver() { return std::move(receiver_); }

 private:
  static std::size_t on_body(char* bytes, std::size_t one, std::size_t count, void* self);
  static std::size_t on_header(char* bytes, std::size_t one, std::size_t count, void* self);
  static int on_leaving(void* self, char*, char*, int, int);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  template <class Value>
  void set(CURLoption option, Value value);
  void set_once();
  void set_method();
  void set_certificate();
  bool set_headers();
  void refuse(std::int32_t rc, const char* reason);

  const HttpOptions& options_;
  std::unique_ptr<CURL, decltype(&::curl_easy_cleanup)> easy_;
  std::unique_ptr<curl_slist, decltype(&::curl_slist_free_all)> headers_, connect_to_;
  wire::HttpRequest request_;
  std::uint32_t index_ = 0;
  std::shared_ptr<HttpReceiver> receiver_;
  wire::HttpAnswer answer_;
  std::chrono::steady_clock::time_point left_at_, overdue_at_;
  bool fresh_ = true;  // to be reset, and everything set
  bool ok_ = true, sent_ = false, too_long_ = false, repeated_ = false, only_public_ = false, own_address_ = false,
       called_off_ = false;
};

}  // namespace vestitel
