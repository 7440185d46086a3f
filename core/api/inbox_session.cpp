#include "core/api/inbox_session.hpp"

#include <unistd.h>

#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/ssl.hpp>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/api/inbox_answer.hpp"
#include "core/api/inbox_pace.hpp"
#include "core/api/inbox_request.hpp"
#include "core/api/inbox_tls.hpp"
#include "core/api/on_worker.hpp"
#include "core/base/log.hpp"

namespace vestitel {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using boost::system::error_code;

constexpr std::size_t kPiece = 64UL * 1024;
constexpr std::size_t kMostBuffered = 2 * kPiece;
constexpr std::size_t kMostLingered = 1024UL * 1024;  // read and thrown away of a body that nobody wanted
constexpr std::chrono::seconds kLinger{2};

// The compiler of this version fails on braces within co_await: answers are made by functions.
InboxAnswer healthy() { return {200, "text/plain; charset=utf-8", {}, "ok\n"}; }

InboxAnswer waiting() { return {202, "application/json", {{"Retry-After", "5"}}, "{\"state\":\"waiting\"}\n"}; }

InboxAnswer as_form(ReceiptForm form) {
  const char* type = form == ReceiptForm::kText ? "text/plain; charset=utf-8" : "application/json";
  return {200, type, {{"Vary", "Accept"}}, ""};
}

InboxAnswer answer_of(const InboxTaken& taken, const std::string& address) {
  const nlohmann::ordered_json body{
      {"id", taken.id}, {"state", taken.decided ? "decided" : "waiting"}, {"receipt", address}};
  return {taken.decided ? 200U : 202U, "application/json", {{"Location", address}}, body.dump() + "\n"};
}

InboxAnswer acknowledged(const ProviderEntry& entry) { return {200, "text/plain; charset=utf-8", {}, entry.answer}; }

// A body that is small.
struct TextBody {
  InboxFault write(std::string_view part) {
    if (text.size() + part.size() > kMostCallBody) return InboxFault::kTooLarge;
    text += part;
    return InboxFault::kNone;
  }
  std::string text;
};

class Session {
 public:
  Session(InboxShared& shared, asio::ip::tcp::socket socket, InboxSeats::Ticket seat)
      : shared_(shared), limits_(shared.settings.limits), seat_(seat), stream_(std::move(socket), shared.tls) {
    seat_->close = [this] { tcp().close(); };
    error_code ignored;
    tcp().socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  }
  ~Session() { shared_.seats.leave(seat_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  awaitable<void> run() {
    error_code failed;
    if (seat_->closing) co_return;
    tcp().expires_after(limits_.handshake);
    co_await stream_.async_handshake(asio::ssl::stream_base::server, asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return;
    certificate_ = peer_certificate(stream_.native_handle());
    for (std::size_t asked = 0; asked < limits_.requests; ++asked) {
      last_ = asked + 1 == limits_.requests;
      const bool again = co_await request(asked == 0);
      if (!again) break;
      seat_->stage = InboxSeats::Stage::kIdle;
    }
    co_await linger();
  }

 private:
  using Parser = http::request_parser<http::buffer_body>;

  beast::tcp_stream& tcp() { return beast::get_lowest_layer(stream_); }
  std::string_view buffered() const { return {static_cast<const char*>(buffer_.data().data()), buffer_.data().size()}; }

  // One request and its answer. False: nothing more is to be read on this connection.
  awaitable<bool> request(bool first) {
    keep_ = false;
    head_ = {};
    std::size_t size = 0;
    const HeadEnd end = co_await read_head(first, size);
    if (end == HeadEnd::kBroken) co_return co_await refuse(Problem::kBadRequest);
    if (end == HeadEnd::kTooFar) co_return co_await refuse(Problem::kHeadTooLarge);
    if (end == HeadEnd::kNotYet) co_return drop();
    auto parsed = parse_head(buffered().substr(0, size));
    if (const auto* problem = std::get_if<Problem>(&parsed)) co_return co_await refuse(*problem);
    head_ = std::move(std::get<HttpHead>(parsed));
    parser_.emplace();
    parser_->body_limit(limits_.max_size);
    parser_->header_limit(kMostHead);
    error_code failed;
    if (head_.length.value_or(0) <= limits_.max_size) parser_->put(asio::buffer(buffered().data(), size), failed);
    if (failed) co_return co_await refuse(Problem::kBadRequest);
    buffer_.consume(size);
    keep_ = head_.keep_alive && !head_.has_body() && !last_ && !shared_.stopping;
    co_await handle();
    co_return keep_;
  }

  // kNotYet: nothing whole came in time, and the connection is gone.
  awaitable<HeadEnd> read_head(bool first, std::size_t& size) {
    bool begun = first || buffer_.size() > 0;
    tcp().expires_after(begun ? limits_.head : limits_.idle);
    while (true) {
      const HeadEnd end = head_end(buffered(), size);
      if (end != HeadEnd::kNotYet) co_return end;
      error_code failed;
      const std::size_t got = co_await stream_.async_read_some(buffer_.prepare(kMostHead),
                                                               asio::redirect_error(asio::use_awaitable, failed));
      if (failed) co_return HeadEnd::kNotYet;
      buffer_.commit(got);
      if (!begun) tcp().expires_after(limits_.head);
      begun = true;
    }
  }

  awaitable<void> handle() {
    route_ = route_of(head_);
    if (route_.kind == InboxRoute::Kind::kNothing) {
      co_await refuse(Problem::kNoSuchPath);
    } else if (!route_.method_fits) {
      co_await refuse(Problem::kBadMethod);
    } else if (route_.kind == InboxRoute::Kind::kHealth) {
      co_await answer(healthy());
    } else if (route_.kind == InboxRoute::Kind::kCall) {
      co_await call();
    } else {
      const auto problem = co_await enter();
      if (problem) {
        co_await refuse(*problem);
      } else if (route_.kind == InboxRoute::Kind::kReceipt) {
        co_await receipt();
      } else {
        co_await deliver();
      }
    }
  }

  // Who it is, and whether this instance is for them.
  awaitable<std::optional<Problem>> enter() {
    Shown shown{certificate_, head_.count("authorization") > 0, bearer_of(head_).value_or("")};
    auto known = co_await on_worker(shared_.workers, [home = &shared_.home, &shown] {
      return authenticate(*home->partners, shown, home->clock->now());
    });
    if (const auto* problem = std::get_if<Problem>(&known)) co_return failed_login(*problem);
    partner_ = std::move(std::get<Partner>(known));
    seat_->stage = InboxSeats::Stage::kBusy;
    if (!shared_.settings.instances.contains(route_.instance)) co_return Problem::kNoSuchInstance;
    if (!partner_.may_use(route_.instance)) co_return Problem::kNotYours;
    co_return std::nullopt;
  }

  Problem failed_login(Problem problem) {
    keep_ = false;
    if (text_of(problem).status != 401) return problem;
    const bool too_many = shared_.failures.count(seat_->address, shared_.home.clock->monotonic());
    if (too_many) return Problem::kTooManyFailures;
    log::warning("inbox_login_failed", {{"address", seat_->address}, {"reason", text_of(problem).slug}});
    return problem;
  }

  // A provider's word on a message: read whole, handed to the sink, and acknowledged when it is on record.
  awaitable<void> call() {
    const auto admitted = admit_provider(shared_.home.providers, route_, head_, seat_->peer);
    if (const auto* problem = std::get_if<Problem>(&admitted)) {
      co_await refuse(failed_login(*problem));
      co_return;
    }
    const ProviderEntry& entry = *std::get<const ProviderEntry*>(admitted);
    seat_->stage = InboxSeats::Stage::kBusy;
    TextBody body;
    std::optional<Problem> problem;
    if (head_.length.value_or(0) > kMostCallBody) problem = Problem::kTooLarge;
    if (!problem) problem = co_await receive(body);
    if (problem) co_await refuse(*problem);
    if (problem || quiet_) co_return;
    keep_ = head_.keep_alive && !last_ && !shared_.stopping;
    const std::string lines = call_head(head_, route_.query);
    const Result<> heard = co_await hear(entry, lines, body.text);
    if (!heard) {
      co_await refuse(problem_of_call(heard.error().failure));
      co_return;
    }
    co_await answer(acknowledged(entry));
  }

  // As on_worker: what the beginning captures has to be trivial.
  awaitable<Result<>> hear(const ProviderEntry& entry, const std::string& head, const std::string& body) {
    auto begin = [&entry, &head, &body](auto handler) {
      auto home = asio::prefer(asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked);
      auto held = std::make_shared<decltype(handler)>(std::move(handler));
      entry.taker->offer(head, body, [held = std::move(held), home = std::move(home)](Result<> went) {
        asio::post(home, [held, went = std::move(went)]() mutable { (*held)(std::move(went)); });
      });
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result<>)>(begin, asio::use_awaitable);
  }

  InboxPlace place() const { return {route_.instance, partner_.id, route_.purpose}; }

  awaitable<void> receipt() {
    const ReceiptForm form = wanted_form(head_);
    if (form == ReceiptForm::kNeither) {
      co_await refuse(Problem::kNotAcceptable);
      co_return;
    }
    auto standing = co_await on_worker(shared_.workers, [this, form] {
      return shared_.home.desk->standing(place(), route_.id, form == ReceiptForm::kText);
    });
    if (!standing) {
      log::error("inbox_storage_failed", {{"reason", standing.error().message}});
      co_await refuse(Problem::kNoRoom);
    } else if (!*standing) {
      co_await refuse(Problem::kNoSuchReceipt);
    } else if (!(*standing)->receipt) {
      co_await answer(waiting());
    } else {
      co_await send_file(as_form(form), *(*standing)->receipt, (*standing)->size);
    }
  }

  awaitable<void> deliver() {
    auto asked = order_of(head_, route_, shared_.home.clock->now());
    auto problem = std::holds_alternative<Problem>(asked) ? std::optional(std::get<Problem>(asked)) : std::nullopt;
    if (!problem && head_.length.value_or(0) > limits_.max_size) problem = Problem::kTooLarge;
    const auto bodies = shared_.bodies.find(partner_.id);
    if (!problem && bodies != shared_.bodies.end() && bodies->second >= limits_.per_partner)
      problem = Problem::kTooManyBodies;
    if (problem) {
      co_await refuse(*problem);
      co_return;
    }
    const Counted counted(shared_.bodies, partner_.id);
    InboxOrder& order = std::get<InboxOrder>(asked);
    order.place = place();
    order.most = limits_.max_size;
    auto spool = co_await on_worker(shared_.workers, [this, &order] { return open(order); });
    if (!spool) {
      log::warning("inbox_closed", {{"reason", spool.error().message}});
      co_await refuse(Problem::kNoRoom);
      co_return;
    }
    problem = co_await receive(**spool);
    const bool whole = !problem && !quiet_;
    // Whatever becomes of it, the spool is gone before anybody is told.
    const InboxTaken taken = co_await on_worker(shared_.workers, [&spool, whole] {
      const InboxTaken done = whole ? (*spool)->finish() : InboxTaken{};
      spool->reset();
      return done;
    });
    if (problem) co_await refuse(*problem);
    if (!whole) co_return;
    keep_ = head_.keep_alive && !last_ && !shared_.stopping;
    if (taken.fault != InboxFault::kNone) {
      co_await refuse(problem_of(taken.fault));
      co_return;
    }
    co_await acknowledge(taken);
  }

  Result<std::unique_ptr<InboxSpool>> open(InboxOrder& order) const {
    if (auto room = shared_.home.room(); !room) return room.error();
    return shared_.home.desk->open(std::move(order));
  }

  // The body, piece by piece into a spool or a text. quiet_: the other side is gone.
  template <class Into>
  awaitable<std::optional<Problem>> receive(Into& into) {
    Pace pace(tcp(), limits_);
    error_code failed;
    if (head_.expects_continue)
      co_await asio::async_write(stream_, asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")),
                                 asio::redirect_error(asio::use_awaitable, failed));
    std::string piece(kPiece, '\0');
    std::size_t filled = 0;
    while (!failed && !parser_->is_done()) {
      auto& body = parser_->get().body();
      body.data = piece.data() + filled;
      body.size = piece.size() - filled;
      co_await http::async_read_some(stream_, buffer_, *parser_, asio::redirect_error(asio::use_awaitable, failed));
      if (failed == http::error::need_buffer) failed = {};
      const std::size_t got = piece.size() - filled - body.size;
      pace.moved(got);
      filled += got;
      if (failed || (filled < piece.size() && !parser_->is_done())) continue;
      const InboxFault fault = co_await on_worker(
          shared_.workers, [&into, part = std::string_view(piece).substr(0, filled)] { return into.write(part); });
      if (fault != InboxFault::kNone) co_return problem_of(fault);
      filled = 0;
    }
    if (!failed) co_return std::nullopt;
    if (failed == http::error::body_limit) co_return Problem::kTooLarge;
    quiet_ = failed.category() != make_error_code(http::error::bad_chunk).category() ||
             failed == http::error::partial_message || failed == http::error::end_of_stream;
    co_return quiet_ ? std::nullopt : std::optional(Problem::kBadBody);
  }

  awaitable<void> acknowledge(const InboxTaken& taken) {
    const std::string address = receipt_address(route_.purpose, route_.instance, taken.id);
    log::info("inbox_document_taken", {{"partner", partner_.id},
                                       {"instance", route_.instance},
                                       {"trial", route_.purpose == Purpose::kTrial},
                                       {"id", taken.id}});
    if (shared_.home.placed) shared_.home.placed(place());
    co_await answer(answer_of(taken, address));
  }

  awaitable<bool> refuse(Problem problem) {
    log::debug("inbox_request_refused", {{"reason", text_of(problem).slug}, {"status", text_of(problem).status}});
    InboxAnswer refusal = answer_of(problem);
    if (problem == Problem::kBadMethod) refusal.fields.emplace_back("Allow", route_.allow());
    co_await answer(refusal);
    co_return false;
  }

  awaitable<void> answer(InboxAnswer answer) {
    std::string bytes = answer_head(answer, answer.body.size(), !keep_, shared_.home.clock->now());
    if (head_.method != "HEAD") bytes += answer.body;
    Pace pace(tcp(), limits_);
    error_code failed;
    co_await asio::async_write(stream_, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, failed));
    if (failed) drop();
  }

  awaitable<void> send_file(InboxAnswer answer, const OwnedFd& file, std::uint64_t size) {
    std::string bytes = answer_head(answer, size, !keep_, shared_.home.clock->now());
    Pace pace(tcp(), limits_);
    std::uint64_t left = head_.method == "HEAD" ? 0 : size;
    while (!bytes.empty()) {
      error_code failed;
      co_await asio::async_write(stream_, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, failed));
      if (failed) {
        drop();
        co_return;
      }
      pace.moved(bytes.size());
      if (left == 0) co_return;
      bytes = co_await on_worker(shared_.workers, [&file, left] { return next_piece(file, left); });
      if (bytes.empty()) drop();  // it has become shorter: what was promised cannot be kept
      left -= bytes.size();
    }
  }

  static std::string next_piece(const OwnedFd& file, std::uint64_t left) {
    std::string piece(std::min<std::uint64_t>(left, kPiece), '\0');
    const ssize_t n = ::read(file.get(), piece.data(), piece.size());
    piece.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return piece;
  }

  bool drop() {
    keep_ = false;
    quiet_ = true;
    return false;
  }

  // Says that this was all, and lets the other side read it before the connection goes: a reset would take the answer
  // away from who is sending still.
  awaitable<void> linger() {
    if (quiet_) co_return;
    error_code failed;
    tcp().expires_after(kLinger);
    co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, failed));
    if (failed == beast::error::timeout || !tcp().socket().is_open()) co_return;
    tcp().socket().shutdown(asio::ip::tcp::socket::shutdown_send, failed);
    std::string away(kPiece, '\0');
    for (std::size_t gone = 0; !failed && gone < kMostLingered;)
      gone += co_await tcp().async_read_some(asio::buffer(away), asio::redirect_error(asio::use_awaitable, failed));
  }

  InboxShared& shared_;
  const InboxLimits& limits_;
  const InboxSeats::Ticket seat_;
  beast::ssl_stream<beast::tcp_stream> stream_;
  beast::flat_buffer buffer_{kMostBuffered};
  std::optional<PeerCertificate> certificate_;
  // Of the request that is being worked on.
  HttpHead head_;
  InboxRoute route_;
  std::optional<Parser> parser_;
  Partner partner_;
  bool keep_ = false;
  bool quiet_ = false;  // nobody is there to be told
  bool last_ = false;
};

}  // namespace

awaitable<void> serve_inbox(InboxShared& shared, asio::ip::tcp::socket socket, InboxSeats::Ticket seat) {
  Session session(shared, std::move(socket), seat);
  co_await session.run();
}

}  // namespace vestitel
