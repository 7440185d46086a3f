#include "core/api/inbox_server.hpp"

#include <sys/resource.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>

#include "core/api/inbox_session.hpp"
#include "core/api/inbox_tls.hpp"
#include "core/base/log.hpp"
#include "core/base/thread_name.hpp"

namespace vestitel {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::hours kForgetEvery{24};
constexpr std::chrono::milliseconds kAcceptAgain{100};  // after the system had no descriptor for us

asio::ip::address peer_of(const tcp::socket& socket) {
  error_code failed;
  const auto endpoint = socket.remote_endpoint(failed);
  return failed ? asio::ip::address() : endpoint.address();
}

// By what a peer's connections and failures are counted.
std::string address_of(const asio::ip::address& address) {
  error_code failed;
  if (address.is_v4()) return address.to_string(failed);
  auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string(failed);
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return asio::ip::address_v6(bytes).to_string(failed) + "/64";
}

// A connection is a descriptor, and one that brings a document has some more.
void raise_file_limit(std::size_t connections) {
  rlimit limit{};
  const rlim_t wanted = 4 * connections + 512;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
    log::warning("inbox_descriptors_few", {{"wanted", wanted}, {"allowed", limit.rlim_max}});
}

Error cannot_listen(const InboxSettings& settings, const std::string& why) {
  return {Failure::kConfig,
          "listening for the inbox on " + settings.host + " port " + std::to_string(settings.port) + ": " + why};
}

}  // namespace

struct InboxServer::State {
  State(InboxSettings settings, InboxHome home) : shared(std::move(settings), std::move(home)) {}

  awaitable<void> accept_all() {
    while (!shared.stopping) {
      error_code failed;
      tcp::socket socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, failed));
      if (failed == asio::error::operation_aborted || shared.stopping) co_return;
      if (failed) {
        asio::steady_timer again(io, kAcceptAgain);
        co_await again.async_wait(asio::redirect_error(asio::use_awaitable, failed));
        continue;
      }
      InboxSeats::Ticket seat;
      const auto peer = peer_of(socket);
      if (!shared.seats.admit(address_of(peer), seat)) continue;  // closed unheard
      seat->peer = peer.to_string(failed);
      asio::co_spawn(io, serve_inbox(shared, std::move(socket), seat),
                     [this](const std::exception_ptr& thrown) { ended(thrown); });
    }
  }

  void ended(const std::exception_ptr& thrown) {
    if (thrown) try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& e) {
        log::error("inbox_connection_failed", {{"reason", e.what()}});
      }
    if (shared.stopping && shared.seats.empty()) grace.cancel();
  }

  awaitable<void> forget_now_and_then() {
    error_code stopped;
    while (!stopped) {
      asio::post(shared.workers, [this] { shared.home.desk->forget_keys(); });
      daily.expires_after(kForgetEvery);
      co_await daily.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
    }
  }

  awaitable<void> end(std::chrono::milliseconds within) {
    shared.stopping = true;
    error_code ignored;
    acceptor.close(ignored);
    daily.cancel();
    shared.seats.close(false);
    grace.expires_after(within);
    if (!shared.seats.empty()) co_await grace.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    shared.seats.close(true);
  }

  InboxShared shared;  // outlives the connections, which go with `io`
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  tcp::acceptor acceptor{io};
  asio::steady_timer daily{io}, grace{io};
  std::atomic<std::uint16_t> port{0};
  std::thread thread;
};

InboxServer::InboxServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
InboxServer::~InboxServer() { stop(std::chrono::milliseconds{0}); }

Result<std::unique_ptr<InboxServer>> InboxServer::create(InboxSettings settings, InboxHome home) {
  auto state = std::make_unique<State>(std::move(settings), std::move(home));
  const InboxSettings& given = state->shared.settings;
  if (auto ready = prepare_tls(state->shared.tls.native_handle(), {given.certificate, given.key, given.client_ca});
      !ready)
    return ready.error();
  return std::unique_ptr<InboxServer>(new InboxServer(std::move(state)));
}

Result<> InboxServer::start() {
  const InboxSettings& settings = state_->shared.settings;
  error_code failed;
  const auto address = asio::ip::make_address(settings.host, failed);
  if (failed) return cannot_listen(settings, "no address");
  tcp::acceptor& acceptor = state_->acceptor;
  const tcp::endpoint endpoint(address, settings.port);
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed && address.is_v6() && address.is_unspecified()) acceptor.set_option(asio::ip::v6_only(false), failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) return cannot_listen(settings, failed.message());
  state_->port = acceptor.local_endpoint().port();
  raise_file_limit(settings.limits.connections);
  state_->shared.home.desk->clear_spools();
  asio::co_spawn(state_->io, state_->accept_all(), asio::detached);
  asio::co_spawn(state_->io, state_->forget_now_and_then(), asio::detached);
  state_->thread = std::thread([this] {
    name_thread("inbox");
    state_->io.run();
  });
  log::info("inbox_listening", {{"address", settings.host}, {"port", state_->port.load()}});
  return Done{};
}

std::uint16_t InboxServer::port() const { return state_->port; }

void InboxServer::stop(std::chrono::milliseconds grace) {
  if (!state_->thread.joinable()) return;
  asio::co_spawn(state_->io, state_->end(grace), asio::detached);
  state_->work.reset();
  state_->thread.join();
  state_->shared.workers.join();
}

}  // namespace vestitel
