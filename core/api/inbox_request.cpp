#include "core/api/inbox_request.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "core/base/json_text.hpp"
#include "core/intake/sidecar.hpp"

namespace vestitel {
namespace {

constexpr std::size_t kMostKey = 255, kMostName = 255, kMostType = 127;

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> out;
  while (true) {
    const std::size_t end = text.find(by);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(x) == lower(y);
  });
}

std::string_view unspaced(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

// What an id of ours may be; all else matches no route, and so needs no decoding.
bool id_like(std::string_view text) {
  return !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// "UTF-8'bg'%D0%BE.xml", as RFC 8187 has it; the language says nothing to us.
bool is_extended(std::string_view text) { return same_word(text.substr(0, 6), "utf-8'"); }

std::optional<std::string> extended_value(std::string_view text) {
  const std::size_t language_end = text.find('\'', 6);
  if (language_end == std::string_view::npos) return std::nullopt;
  std::string out;
  for (std::string_view rest = text.substr(language_end + 1); !rest.empty();) {
    if (rest[0] != '%') {
      out += rest[0];
      rest.remove_prefix(1);
      continue;
    }
    unsigned byte = 0;
    if (rest.size() < 3) return std::nullopt;
    const auto [end, bad] = std::from_chars(rest.data() + 1, rest.data() + 3, byte, 16);
    if (bad != std::errc{} || end != rest.data() + 3) return std::nullopt;
    out += static_cast<char>(byte);
    rest.remove_prefix(3);
  }
  return out;
}

// Each field that the inbox reads comes once at most.
bool once(const HttpHead& head, std::string_view name) { return head.count(name) <= 1; }

std::optional<Problem> take_key(const HttpHead& head, InboxOrder& order) {
  if (head.count("idempotency-key") == 0) return std::nullopt;
  const std::string_view key = head.value("idempotency-key");
  if (!once(head, "idempotency-key") || key.empty() || key.size() > kMostKey || !visible(key)) return Problem::kBadKey;
  order.key = key;
  return std::nullopt;
}

std::optional<Problem> take_name(const HttpHead& head, InboxOrder& order) {
  if (head.count("vestitel-name") == 0) return std::nullopt;
  const std::string_view value = head.value("vestitel-name");
  const auto name = is_extended(value) ? extended_value(value) : std::optional<std::string>(value);
  if (!once(head, "vestitel-name") || !name || name->empty() || name->size() > kMostName || !is_utf8(*name))
    return Problem::kBadName;
  const auto odd = [](char c) { return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::any_of(name->begin(), name->end(), odd)) return Problem::kBadName;
  order.name = *name;
  return std::nullopt;
}

std::optional<Problem> take_as_of(const HttpHead& head, InboxOrder& order, Instant now) {
  if (head.count("vestitel-as-of") == 0) return std::nullopt;
  const std::string_view text = head.value("vestitel-as-of");
  const auto as_of = once(head, "vestitel-as-of") ? parse_as_of(text) : std::nullopt;
  if (!as_of) return Problem::kBadAsOf;
  if (as_of_fault(*as_of, now)) return Problem::kAsOfAhead;
  order.as_of = text;
  return std::nullopt;
}

std::optional<Problem> take_complete(const HttpHead& head, InboxOrder& order) {
  if (head.count("vestitel-complete") == 0) return std::nullopt;
  const std::string_view text = head.value("vestitel-complete");
  if (!once(head, "vestitel-complete") || (text != "true" && text != "false")) return Problem::kBadComplete;
  order.complete = text == "true";
  return std::nullopt;
}

std::optional<Problem> take_media_type(const HttpHead& head, InboxOrder& order) {
  if (head.count("content-type") == 0) return std::nullopt;
  const std::string_view type = unspaced(split(head.value("content-type"), ';').front());
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$&-^_.+/").find(c) != std::string_view::npos;
  };
  if (!once(head, "content-type") || type.size() > kMostType || std::count(type.begin(), type.end(), '/') != 1 ||
      type.front() == '/' || type.back() == '/' || !std::all_of(type.begin(), type.end(), allowed))
    return Problem::kBadMediaType;
  if (same_word(type, "application/zip"))
    order.packing = Packing::kZip;
  else
    order.media_type = type;
  return std::nullopt;
}

std::optional<Problem> take_encoding(const HttpHead& head, InboxOrder& order) {
  if (head.count("content-encoding") == 0) return std::nullopt;
  if (!once(head, "content-encoding") || !same_word(head.value("content-encoding"), "gzip") ||
      order.packing == Packing::kZip)
    return Problem::kBadEncoding;
  order.packing = Packing::kGzip;
  return std::nullopt;
}

// The weight of a range in Accept: its q, else 1.
double weight(const std::vector<std::string_view>& parts) {
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string_view part = unspaced(parts[i]);
    if (!part.starts_with("q=") && !part.starts_with("Q=")) continue;
    double q = 0;
    const auto [end, bad] = std::from_chars(part.data() + 2, part.data() + part.size(), q);
    return bad == std::errc{} && end == part.data() + part.size() ? q : 0;
  }
  return 1;
}

// How much a type is wanted: by the range that fits it best.
double wanted(std::string_view accept, std::string_view type) {
  const std::string whole(type.substr(0, type.find('/')));
  double best = 0;
  int fit = 0;
  for (const std::string_view range : split(accept, ',')) {
    const auto parts = split(range, ';');
    const std::string_view name = unspaced(parts.front());
    const int here = same_word(name, type) ? 3 : same_word(name, whole + "/*") ? 2 : name == "*/*" ? 1 : 0;
    if (here <= fit) continue;
    fit = here;
    best = weight(parts);
  }
  return best;
}

InboxRoute call_of(const HttpHead& head) {
  InboxRoute route;
  const std::size_t mark = head.target.find('?');
  const auto parts = split(std::string_view(head.target).substr(0, mark), '/');
  if (parts.size() < 3 || parts.size() > 4 || !id_like(parts[2])) return route;
  route.kind = InboxRoute::Kind::kCall;
  route.instance = parts[2];
  if (parts.size() == 4) route.id = parts[3];
  if (mark != std::string::npos) route.query = head.target.substr(mark + 1);
  route.method_fits = head.method == "GET" || head.method == "POST";
  return route;
}

}  // namespace

InboxRoute route_of(const HttpHead& head) {
  if (std::string_view(head.target).starts_with("/receipts/")) return call_of(head);
  InboxRoute route;
  const bool get = head.method == "GET" || head.method == "HEAD";
  if (head.target == "/health") {
    route.kind = InboxRoute::Kind::kHealth;
    route.method_fits = get;
    return route;
  }
  const auto parts = split(head.target, '/');  // the first is empty: a target begins with a slash
  if (parts.size() < 3 || (parts[1] != "inbox" && parts[1] != "trial") || !id_like(parts[2])) return route;
  route.purpose = parts[1] == "trial" ? Purpose::kTrial : Purpose::kDelivery;
  route.instance = parts[2];
  if (parts.size() == 3) {
    route.kind = InboxRoute::Kind::kDeliver;
    route.method_fits = head.method == "POST";
  } else if (parts.size() == 5 && parts[3] == "receipts") {
    route.kind = InboxRoute::Kind::kReceipt;
    route.id = parts[4];
    route.method_fits = get;
  }
  return route;
}

std::string receipt_address(Purpose purpose, std::string_view instance, std::string_view id) {
  return std::string(purpose == Purpose::kTrial ? "/trial/" : "/inbox/") + std::string(instance) + "/receipts/" +
         std::string(id);
}

std::variant<InboxOrder, Problem> order_of(const HttpHead& head, const InboxRoute& route, Instant now) {
  InboxOrder order;
  order.place.instance = route.instance;
  order.place.purpose = route.purpose;
  if (!head.chunked && !head.length) return Problem::kNoLength;
  if (!head.has_body()) return Problem::kEmpty;
  if (const auto problem = take_key(head, order)) return *problem;
  if (const auto problem = take_name(head, order)) return *problem;
  if (const auto problem = take_as_of(head, order, now)) return *problem;
  if (const auto problem = take_complete(head, order)) return *problem;
  if (const auto problem = take_media_type(head, order)) return *problem;
  if (const auto problem = take_encoding(head, order)) return *problem;
  return order;
}

ReceiptForm wanted_form(const HttpHead& head) {
  if (head.count("accept") == 0) return ReceiptForm::kJson;
  std::string accept;
  for (const auto& [name, value] : head.fields)
    if (name == "accept") accept += (accept.empty() ? "" : ",") + value;
  const double json = wanted(accept, "application/json"), text = wanted(accept, "text/plain");
  if (json <= 0 && text <= 0) return ReceiptForm::kNeither;
  return json >= text ? ReceiptForm::kJson : ReceiptForm::kText;
}

std::optional<std::string_view> bearer_of(const HttpHead& head) {
  const std::string_view value = head.value("authorization");
  const std::size_t blank = value.find(' ');
  if (head.count("authorization") != 1 || blank == std::string_view::npos) return std::nullopt;
  if (!same_word(value.substr(0, blank), "bearer")) return std::nullopt;
  const std::string_view secret = unspaced(value.substr(blank));
  return visible(secret) && !secret.empty() ? std::optional(secret) : std::nullopt;
}

}  // namespace vestitel
