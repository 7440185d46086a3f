// What the stub says in each scene; the verdicts that are right for it stand in checks_sink_peer.cpp.
#include <algorithm>
#include <cstdlib>

#include "sdk/tools/check/peer.hpp"

namespace vestitel::check {
namespace {

constexpr std::size_t kFlood = 10 << 20;

bool take_line(std::string& from, std::string& line) {
  const std::size_t end = from.find('\n');
  if (end == std::string::npos) return false;
  line = from.substr(0, end);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  from.erase(0, end + 1);
  return true;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

void greet(const std::string& scene, Line& line) {
  line.greeted = true;
  if (scene == "greeting-421") {
    line.out += "421 4.3.2 stub closes\r\n";
    line.close = true;
  } else if (scene == "garbage") {
    line.out += "\x16\x03\x01 this is not SMTP\r\n";
  } else if (scene == "flood") {
    line.out += "220 " + std::string(kFlood, 'x') + "\r\n";
  } else {
    line.slow = scene == "slow";
    line.out += "220 stub.example ESMTP\r\n";
  }
}

struct Refusal {
  const char *scene, *verb, *answer;
};
constexpr Refusal kRefusals[] = {
    {"mail-451", "MAIL", "451 4.3.0 not now"},
    {"auth-530", "MAIL", "530 5.7.0 authentication required"},
    {"rcpt-450", "RCPT", "450 4.2.1 mailbox busy"},
    {"rcpt-550-gone", "RCPT", "550 5.1.1 no such user"},
    {"rcpt-550-policy", "RCPT", "550 5.7.1 not for you"},
    {"data-452", "DATA", "452 4.3.1 no room"},
};

std::string command(const std::string& scene, Line& line, const std::string& text) {
  const std::string verb = upper(text.substr(0, 4));
  for (const Refusal& refusal : kRefusals)
    if (scene == refusal.scene && verb == refusal.verb) return refusal.answer;
  if (verb == "EHLO")
    return std::string(
               "250-stub.example\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n") +
           (scene == "tls" ? "250-STARTTLS\r\n" : "") + "250 SIZE 10485760";
  if (verb == "STAR" && scene == "tls") {
    line.mute = true;
    line.close = true;
    return "220 2.0.0 go ahead\r\nthis is no TLS";
  }
  if (verb == "HELO" || verb == "MAIL" || verb == "RSET" || verb == "NOOP") return "250 2.0.0 ok";
  if (verb == "RCPT") {
    if (scene == "cut-early") line.close = true;
    line.recipient = true;
    return scene == "cut-early" ? "" : "250 2.1.5 ok";
  }
  if (verb == "DATA") {
    line.in_data = line.recipient;
    line.data.clear();
    return line.recipient ? "354 go on" : "503 5.5.1 no recipient";
  }
  if (verb == "QUIT") {
    line.close = true;
    return "221 2.0.0 bye";
  }
  return "500 5.5.2 unknown command";
}

void final_dot(const std::string& scene, Line& line, std::vector<std::string>& taken) {
  line.in_data = line.recipient = false;
  if (scene == "silent") {
    line.mute = true;
  } else if (scene == "cut-late") {
    line.close = true;
  } else if (scene == "dot-451") {
    line.out += "451 4.3.0 not now\r\n";
  } else if (scene == "dot-552") {
    line.out += "552 5.3.4 too big\r\n";
  } else if (scene == "dot-554") {
    line.out += "554 5.6.0 bad content\r\n";
  } else {
    taken.push_back(line.data);
    line.out += "250 2.0.0 queued as stub" + std::to_string(taken.size()) + "\r\n";
  }
}

// A whole HTTP request at the front of `from`; its length, or 0 while it is still coming.
std::size_t request_length(const std::string& from) {
  const std::size_t head = from.find("\r\n\r\n");
  if (head == std::string::npos) return 0;
  const std::string lower = upper(from.substr(0, head));
  const std::size_t at = lower.find("\r\nCONTENT-LENGTH:");
  const std::size_t body = at == std::string::npos ? 0 : std::strtoul(lower.c_str() + at + 17, nullptr, 10);
  return from.size() >= head + 4 + body ? head + 4 + body : 0;
}

std::string http_head(const std::string& status, std::size_t length, const std::string& more = {}) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(length) + "\r\n" + more +
         "Connection: close\r\n\r\n";
}

}  // namespace

void answer_smtp(const std::string& scene, Line& line, std::vector<std::string>& taken) {
  if (!line.greeted) greet(scene, line);
  std::string text;
  while (!line.close && !line.mute && take_line(line.in, text)) {
    if (line.in_data && text == ".") {
      final_dot(scene, line, taken);
    } else if (line.in_data) {
      line.data += (!text.empty() && text[0] == '.' ? text.substr(1) : text) + "\n";
    } else if (const std::string said = command(scene, line, text); !said.empty()) {
      line.out += said + "\r\n";
    }
  }
}

void answer_http(const std::string& scene, Line& line, std::vector<std::string>& taken) {
  const std::size_t length = request_length(line.in);
  if (length == 0) return;
  const std::string request = line.in.substr(0, length);
  line.in.erase(0, length);
  line.close = true;
  if (scene == "ok" || scene == "flood" || scene == "slow" || scene == "cut-late" || scene == "silent")
    taken.push_back(request);
  if (scene == "cut-late") return;
  if (scene == "silent") {
    line.close = false;
    line.mute = true;
  } else if (scene == "garbage") {
    line.out += "this is not HTTP\r\n\r\n";
  } else if (scene == "flood") {
    line.out += http_head("200 OK", kFlood) + std::string(kFlood, 'x');
  } else if (scene == "429" || scene == "503") {
    line.out += http_head(scene + " Later", 0, "Retry-After: 7\r\n");
  } else {
    line.slow = scene == "slow";
    line.out += http_head(scene == "ok" || scene == "slow" ? "200 OK" : scene + " Refused", 0);
  }
}

}  // namespace vestitel::check
