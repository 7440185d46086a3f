// The part of a session before its first mail: greeting, EHLO, STARTTLS, AUTH.
#include <openssl/evp.h>

#include <algorithm>

#include "plugins/sinks/smtp/session.hpp"

namespace vestitel::smtp {
namespace {

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

// Takes the next word, or the next line, off the front of `rest`.
std::string_view take_until(std::string_view& rest, char mark) {
  const std::size_t end = std::min(rest.find(mark), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

std::uint64_t to_number(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text.substr(0, 18)) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

}  // namespace

void Session::on_greeting(const Reply& reply, std::int64_t now) {
  if (reply.code != 220) return close({Step::greeting, Fault::none, reply});
  command(Step::ehlo, "EHLO " + options_.helo, now);
}

void Session::learn(const std::string& ehlo_text) {
  offers_ = {};
  std::string_view rest = ehlo_text;
  take_until(rest, '\n');  // the peer's name
  while (!rest.empty()) {
    const std::string line = upper(take_until(rest, '\n'));
    std::string_view words = line;
    const std::string_view key = take_until(words, ' ');
    if (key == "STARTTLS") offers_.starttls = true;
    if (key == "PIPELINING") offers_.pipelining = true;
    if (key == "8BITMIME") offers_.eight_bit = true;
    if (key == "SMTPUTF8") offers_.utf8 = true;
    if (key == "DSN") offers_.dsn = true;
    if (key == "REQUIRETLS") offers_.requiretls = true;
    if (key == "SIZE") {
      offers_.size = true;
      offers_.max_size = to_number(take_until(words, ' '));
    }
    if (key != "AUTH") continue;
    while (!words.empty()) {
      const std::string_view mechanism = take_until(words, ' ');
      offers_.plain |= mechanism == "PLAIN";
      offers_.login |= mechanism == "LOGIN";
      offers_.xoauth2 |= mechanism == "XOAUTH2";
    }
  }
}

void Session::on_ehlo(const Reply& reply, std::int64_t now) {
  if (!reply.positive()) return close({Step::ehlo, Fault::none, reply});
  learn(reply.text);
  choose_next(now);
}

void Session::choose_next(std::int64_t now) {
  const bool wants_tls = options_.tls == TlsMode::required || options_.tls == TlsMode::opportunistic;
  if (wants_tls && !secure_) {
    if (offers_.starttls) return command(Step::starttls, "STARTTLS", now);
    if (options_.tls == TlsMode::required) return close({Step::starttls, Fault::tls_missing, {}});
  }
  // RFC 8689, 2: what is said of it in plaintext counts for nothing.
  if (options_.tls_onward && !(secure_ && offers_.requiretls)) return close({Step::ehlo, Fault::onward_missing, {}});
  if (!options_.user.empty()) return begin_auth(now);
  become_idle(now);
}

void Session::on_starttls(const Reply& reply, std::int64_t now) {
  if (reply.code != 220) return close({Step::starttls, Fault::none, reply});
  offers_ = {};  // what was learned in plaintext anybody could have said
  wait_for(Step::handshake, now);
  emit(Event::Kind::start_tls);
}

void Session::begin_auth(std::int64_t now) {
  // A password never crosses a plain connection, whatever the settings allow for the messages.
  if (!secure_) return close({Step::auth, Fault::auth_missing, {}});
  const std::string& user = options_.user;
  const std::string nul(1, '\0');
  if (options_.token && offers_.xoauth2) {
    const std::string bearer = "user=" + user +
                               "\x01"
                               "auth=Bearer " +
                               options_.secret + "\x01\x01";
    return command(Step::auth, "AUTH XOAUTH2 " + base64(bearer), now);
  }
  if (!options_.token && offers_.plain) {
    return command(Step::auth, "AUTH PLAIN " + base64(nul + user + nul + options_.secret), now);
  }
  if (!options_.token && offers_.login) {
    auth_round_ = 1;
    return command(Step::auth, "AUTH LOGIN", now);
  }
  close({Step::auth, Fault::auth_missing, {}});
}

void Session::on_auth(const Reply& reply, std::int64_t now) {
  if (reply.code == 235) return become_idle(now);
  if (reply.code != 334) return close({Step::auth, Fault::none, reply});
  if (auth_round_ == 1 || auth_round_ == 2) {
    const std::string& answer = auth_round_ == 1 ? options_.user : options_.secret;
    ++auth_round_;
    return command(Step::auth, base64(answer), now);
  }
  if (auth_round_ > 2) return close({Step::auth, Fault::garbage, {}});
  auth_round_ = 3;
  command(Step::auth, "", now);  // XOAUTH2 tells its error as a challenge; the empty answer asks for the code
}

}  // namespace vestitel::smtp
