// One connection of the inbox, as a coroutine on the server's thread. Not for those outside core/api: it brings Asio.
#pragma once
#include <utility>  // Asio's coroutines of this version forget it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <map>

#include "core/api/inbox_seats.hpp"
#include "core/api/inbox_server.hpp"

namespace vestitel {

// What the connections share. Only the server's thread touches what is not const.
struct InboxShared {
  InboxShared(InboxSettings settings_in, InboxHome home_in)
      : settings(std::move(settings_in)),
        home(std::move(home_in)),
        seats(settings.limits.connections, settings.limits.per_address),
        failures(settings.limits.failures) {}

  const InboxSettings settings;
  const InboxHome home;
  boost::asio::ssl::context tls{boost::asio::ssl::context::tls_server};
  boost::asio::thread_pool workers{4};  // files and look-ups; ends before all else here
  InboxSeats seats;
  InboxFailures failures;
  std::map<std::string, std::size_t> bodies;  // of a partner, coming in now
  bool stopping = false;
};

// Serves until either side has enough. Leaves its seat when it ends.
boost::asio::awaitable<void> serve_inbox(InboxShared& shared, boost::asio::ip::tcp::socket socket,
                                         InboxSeats::Ticket seat);

}  // namespace vestitel
