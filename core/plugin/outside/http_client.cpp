#include "core/plugin/outside/http_client.hpp"

#include <utility>

#include "core/plugin/outside/http_loop.hpp"

namespace vestitel {
namespace {

// Two loops: where requests come from several threads of the plugin, two of them carry these. A batch goes by one.
class TwoLoops final : public HttpClient {
 public:
  TwoLoops(const Reach& reach, const HttpOptions& options) : first_(reach, options), second_(reach, options) {
    first_.share_with(second_);
    second_.share_with(first_);
  }
  ~TwoLoops() override { close(); }

  void submit(std::vector<wire::HttpRequest> requests, std::shared_ptr<HttpReceiver> receiver) override {
    HttpLoop& loop = second_.owed() < first_.owed() ? second_ : first_;
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
  HttpLoop first_, second_;
};

}  // namespace

std::shared_ptr<HttpClient> make_http_client(Reach reach, HttpOptions options) {
  return std::make_shared<TwoLoops>(reach, options);
}

}  // namespace vestitel
