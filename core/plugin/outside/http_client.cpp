#include "core/plugin/outside/http_client.hpp"

#include <utility>

#include "core/plugin/outside/http_loop.hpp"

namespace vestitel {
namespace {

// Two loops: where requests come from several threads of the plugin, two of them carry these. A batch goes by one.
class TwoLoops final : public HttpClient {
 public:
  TwoLoops(const Reach& reach, const HttpOptions& options)
      : first_(reach, options, first_owes_, second_owes_), second_(reach, options, second_owes_, first_owes_) {}
  ~TwoLoops() override { close(); }

  void submit(std::vector<wire::HttpRequest> requests, std::shared_ptr<HttpReceiver> receiver) override {
    HttpLoop& loop = second_owes_ < first_owes_ ? second_ : first_;
    loop.submit(std::move(requests), std::move(receiver));
  }
  void cancel() override {
    first_.cancel();
    second_.cancel();
  }
  void resume() override {
    first_.resume();
    second_.resume();
  }
  void close() override {
    first_.close();
    second_.close();
  }

 private:
  OwedCount first_owes_{0}, second_owes_{0};
  HttpLoop first_, second_;
};

}  // namespace

std::shared_ptr<HttpClient> make_http_client(Reach reach, HttpOptions options) {
  return std::make_shared<TwoLoops>(reach, options);
}

}  // namespace vestitel
