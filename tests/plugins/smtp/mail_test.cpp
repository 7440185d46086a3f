#include "plugins/sinks/common/mail.hpp"

#include <gmime/gmime.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <sstream>

#include "plugins/sinks/smtp/session.hpp"

namespace vestitel::mail::test {
namespace {

constexpr std::int64_t kNow = 1'764'072'000'000'000;  // 2025-11-25T12:00:00Z

MailPolicy policy() {
  MailPolicy p;
  p.from = "no-reply@example.test";
  p.from_name = "НЗОК Вестител";
  p.reply_to = "help@example.test";
  p.list_id = "news.example.test";
  p.envelope_from = "bounce+{id}@example.test";
  return p;
}

Letter letter() { return {"ok@example.test", "Тест", "Здравейте", "", "key-1", "bg"}; }

MailMaker maker() {
  auto made = MailMaker::create(policy());
  REQUIRE(made.error.empty());
  return std::move(*made.value);
}

// What another reader makes of the message: GMime's parser.
struct Read {
  explicit Read(const std::string& wire) {
    g_mime_init();
    GMimeStream* stream = g_mime_stream_mem_new_with_buffer(wire.data(), wire.size());
    GMimeParser* parser = g_mime_parser_new_with_stream(stream);
    message = g_mime_parser_construct_message(parser, nullptr);
    g_object_unref(parser);
    g_object_unref(stream);
    REQUIRE(message != nullptr);
  }
  ~Read() { g_object_unref(message); }
  Read(const Read&) = delete;
  Read& operator=(const Read&) = delete;
  std::string subject() const { return g_mime_message_get_subject(message); }
  std::string from_name() const {
    InternetAddressList* list = g_mime_message_get_from(message);
    REQUIRE(internet_address_list_length(list) == 1);
    const char* name = internet_address_get_name(internet_address_list_get_address(list, 0));
    return name == nullptr ? "" : name;
  }
  GMimeMessage* message;
};

std::vector<std::string> header_names(const std::string& wire) {
  std::vector<std::string> names;
  std::istringstream lines(wire.substr(0, wire.find("\r\n\r\n") + 2));
  for (std::string line; std::getline(lines, line);) {
    if (line.front() != ' ' && line.front() != '\t') names.push_back(line.substr(0, line.find(':')));
  }
  return names;
}

const std::vector<std::string> kHeaders = {"Date",    "Message-ID",       "From",         "Reply-To",
                                           "List-Id", "Auto-Submitted",   "MIME-Version", "To",
                                           "Subject", "Content-Language", "Content-Type", "Content-Transfer-Encoding"};

std::string subject_of(const std::string& wire) {
  const std::size_t start = wire.find("\r\nSubject: ") + 2;
  std::size_t end = wire.find("\r\n", start);
  while (wire[end + 2] == ' ') end = wire.find("\r\n", end + 2);
  return wire.substr(start, end - start);
}

}  // namespace

TEST_CASE("a mail has exactly the headers that it should have, and a stable id", "[smtp][mail]") {
  MailMaker m = maker();
  const auto mail = m.make(letter(), kNow);
  REQUIRE(mail.error.empty());
  CHECK(header_names(mail.value->wire) == kHeaders);
  CHECK(mail.value->wire.starts_with("Date: Tue, 25 Nov 2025 12:00:00 +0000\r\n"));
  CHECK(mail.value->message_id == "<" + opaque_id("key-1") + "@example.test>");
  CHECK(mail.value->envelope_from == "bounce+" + opaque_id("key-1") + "@example.test");
  CHECK(m.make(letter(), kNow + 5'000'000'000).value->message_id == mail.value->message_id);
  CHECK(Read(mail.value->wire).from_name() == "НЗОК Вестител");
}

TEST_CASE("a subject reads back as it was, in words of at most 75 characters", "[smtp][mail]") {
  const std::string title = GENERATE(
      as<std::string>{}, "Ново събитие във Вашето здравно досие — месечен отчет за дейности", "Plain ASCII words",
      "=?utf-8?B?0JA=?= looks encoded", "two  blanks and one behind ", "x", "",
      "A line of plain words that is long enough to be folded at least once, and then once more for good measure, yes",
      std::string(300, 'a'), "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀", "Ж" + std::string(200, 'z') + " край");
  CAPTURE(title);
  MailMaker m = maker();
  Letter l = letter();
  l.title = title;
  const auto mail = m.make(l, kNow);
  REQUIRE(mail);
  CHECK(Read(mail.value->wire).subject() == title);
  std::istringstream lines(subject_of(mail.value->wire));
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 76 + 1);  // with the CR
}

TEST_CASE("each encoded word holds whole characters", "[smtp][mail]") {
  for (std::size_t shift = 0; shift < 48; ++shift) {
    std::string title(shift, 'x');
    for (int i = 0; i < 40; ++i) title += i % 3 == 0 ? "ж" : i % 3 == 1 ? "€" : "😀";
    std::istringstream lines(unstructured_header("Subject", title));
    for (std::string line; std::getline(lines, line);) {
      const std::size_t start = line.find("?B?") + 3;
      gsize size = 0;
      const std::string word = line.substr(start, line.find("?=", start) - start);
      guchar* bytes = g_base64_decode(word.c_str(), &size);
      CHECK(valid_utf8(std::string_view(reinterpret_cast<char*>(bytes), size)));
      g_free(bytes);
    }
  }
}

TEST_CASE("a display name reads back as it was", "[smtp][mail]") {
  const std::string name = GENERATE(as<std::string>{}, "Vestitel", "Doe, John", "\"quoted\" \\ name", "НЗОК, Вестител",
                                    "a <b@c.test>", std::string(200, 'n'));
  MailPolicy p = policy();
  p.from_name = name;
  auto m = MailMaker::create(p);
  REQUIRE(m);
  const auto mail = m.value->make(letter(), kNow);
  REQUIRE(mail);
  CHECK(Read(mail.value->wire).from_name() == name);
  CHECK(header_names(mail.value->wire) == kHeaders);
}

TEST_CASE("bodies travel in base64 with CRLF, text before HTML", "[smtp][mail]") {
  MailMaker m = maker();
  Letter l = letter();
  l.body = ".\nа\r\nб\rв\n\n";
  l.body_html = "<p>а</p>";
  const auto mail = m.make(l, kNow);
  REQUIRE(mail);
  const Read read(mail.value->wire);
  auto* parts = GMIME_MULTIPART(g_mime_message_get_mime_part(read.message));
  REQUIRE(g_mime_multipart_get_count(parts) == 2);
  const auto text = [&](int i) {
    char* raw = g_mime_text_part_get_text(GMIME_TEXT_PART(g_mime_multipart_get_part(parts, i)));
    std::string out = raw;
    g_free(raw);
    return out;
  };
  CHECK(text(0) == ".\r\nа\r\nб\r\nв\r\n\r\n");
  CHECK(text(1) == "<p>а</p>\r\n");
  CHECK(wire_safe(mail.value->wire));
}

TEST_CASE("an address is one addr-spec or nothing", "[smtp][mail]") {
  const std::string good = GENERATE(as<std::string>{}, "a@b.test", "a.b+c@b.test", "o'neil@b.test", "\"a b\"@b.test",
                                    "\"a\\\"b\"@b.test", "иван@b.test", "a@localhost", "a@пример.бг");
  CAPTURE(good);
  CHECK(parse_mailbox(good));
}

TEST_CASE("what is not one address is refused", "[smtp][mail]") {
  const std::string bad =
      GENERATE(as<std::string>{}, "", "a", "@b.test", "a@", "a@b.test,c@d.test", "a@b.test c@d.test",
               "=?utf-8?Q?=0A?=a@b.test", "<a@b.test>", "N <a@b.test>", "a@b.test\r\nRCPT TO:<c@d.test>", "a@b.test\n",
               "a\r@b.test", "a@b.test\t", ".a@b.test", "a.@b.test", "a..b@b.test", "a b@b.test", "a@b..test",
               "a@-b.test", "a@b-.test", "a@b_c.test", "a@[127.0.0.1]", "a(c)@b.test", "\"a\"b\"@b.test", "\"a@b.test",
               "\"<\"@b.test", "\"a\\\"@b.test", "a\xE2\x80\xA8@b.test", "a\xE2\x80\xAE@b.test", "\xD0@b.test",
               "a@\xD0.test", "a@b.test>", "a\x7F@b.test", "a\xC2\x85@b.test");
  CAPTURE(bad);
  CHECK_FALSE(parse_mailbox(bad));
  const std::string with_nul("a@b.test\0", 9);
  CHECK_FALSE(parse_mailbox(with_nul));
  CHECK_FALSE(parse_mailbox(std::string(65, 'a') + "@b.test"));
  CHECK_FALSE(parse_mailbox("a@" + std::string(64, 'b') + ".test"));
  CHECK_FALSE(parse_mailbox("a@" + std::string(260, 'b') + ".test"));
}

TEST_CASE("domains become A-labels, local parts stay and ask for SMTPUTF8", "[smtp][mail]") {
  CHECK(parse_mailbox("a@пример.бг")->text() == "a@xn--e1afmkfd.xn--90ae");
  CHECK(parse_mailbox("a@faß.test")->domain == "xn--fa-hia.test");  // IDNA 2008, non-transitional
  CHECK_FALSE(parse_mailbox("a@пример.бг")->needs_utf8);
  CHECK(parse_mailbox("иван@b.test")->needs_utf8);
}

TEST_CASE("what could break a header is refused, what could deceive is taken out", "[smtp][mail]") {
  MailMaker m = maker();
  Letter l = letter();
  for (const char* bad : {"a\r\nBcc: x@y.test", "a\nb", "a\rb", "a\tb", "a\x0b", "a\x7f",
                          "a\xE2\x80\xA8"
                          "b",
                          "a\xE2\x80\xA9", "a\xC2\x85", "\xD0", "a\x1b[0m"}) {
    l.title = bad;
    CHECK(m.make(l, kNow).error == "title: holds a control character or is not UTF-8");
  }
  l.title = std::string_view("a\0b", 3);
  CHECK_FALSE(m.make(l, kNow));
  l.title =
      "invoice\xE2\x80\xAE"
      "fdp.exe\xE2\x80\x8B";
  CHECK(Read(m.make(l, kNow).value->wire).subject() == "invoicefdp.exe");
  l = letter();
  l.body = "\xD0";
  CHECK(m.make(l, kNow).error == "body: not UTF-8");
  l = letter();
  l.idem_key = "";
  CHECK_FALSE(m.make(l, kNow));
  l = letter();
  l.locale = "bg\r\nX: y";
  CHECK(header_names(m.make(l, kNow).value->wire).size() == kHeaders.size() - 1);
}

TEST_CASE("settings that cannot make a mail are refused by name", "[smtp][mail]") {
  const auto error = [](auto&& change) {
    MailPolicy p = policy();
    change(p);
    return MailMaker::create(p).error;
  };
  CHECK(error([](MailPolicy& p) { p.from = "x"; }) == "from: not a mail address");
  CHECK(error([](MailPolicy& p) { p.from_name = "a\nb"; }).starts_with("from_name: "));
  CHECK(error([](MailPolicy& p) { p.reply_to = "a@b.test,c@d.test"; }).starts_with("reply_to: "));
  CHECK(error([](MailPolicy& p) { p.envelope_from = "{id}"; }).starts_with("envelope_from: "));
  for (const char* bad :
       {"http://u.test/{id}", "https://u.test/", "https://{id}.test/", "https://u{id}", "https://u.test/{id}>",
        "https://u.test/{id}\r\nX: y", "https://u.test/{id} x", "https://u.test/{id}{id}", "https:///{id}",
        "https://u.test/{id}/ж", "mailto:a@b.test?{id}"}) {
    CAPTURE(bad);
    CHECK(error([&](MailPolicy& p) { p.unsubscribe.url = bad; }).starts_with("unsubscribe_url: "));
  }
  CHECK(error([](MailPolicy& p) {
          p.unsubscribe.url = "https://u.test/{id}" + std::string(900, 'x');
        }).starts_with("unsubscribe_url: "));
  for (const char* bad : {"x", "a@b.test>", "a@b.test,c@d.test", "a@b.test\r\nX: y", "иван@b.test"}) {
    CHECK(error([&](MailPolicy& p) { p.unsubscribe.mailto = bad; }).starts_with("unsubscribe_mailto: "));
  }
  CHECK(error([](MailPolicy& p) { p.list_id = "a>b"; }).starts_with("list_id: "));
  CHECK(error([](MailPolicy& p) { p.message_id_domain = "a b"; }).starts_with("message_id_domain: "));
}

TEST_CASE("a mail says how to end such mails: by one click, by mail, or both", "[smtp][mail]") {
  const auto of = [](const std::string& url, const std::string& mailto) {
    MailPolicy p = policy();
    p.unsubscribe = {url, mailto};
    auto made = MailMaker::create(p);
    REQUIRE(made.error.empty());
    const std::string wire = made.value->make(letter(), kNow).value->wire;
    const std::size_t at = wire.find("List-Unsubscribe");
    return at == std::string::npos ? std::string() : wire.substr(at, wire.find("\r\nTo: ") + 2 - at);
  };
  const std::string id = opaque_id("unsubscribe key-1");  // of no other header
  const std::string url = "<https://u.example.test/end?m=" + id + ">",
                    post = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
  CHECK(of("", "").empty());
  CHECK(of("https://u.example.test/end?m={id}", "") == "List-Unsubscribe: " + url + "\r\n" + post);
  CHECK(of("https://u.example.test/end?m={id}", "end+{id}@example.test") ==
        "List-Unsubscribe: " + url + ",\r\n <mailto:end+" + id + "@example.test>\r\n" + post);
  CHECK(of("", "a&b?c%d@пример.бг") == "List-Unsubscribe: <mailto:a%26b%3Fc%25d@xn--e1afmkfd.xn--90ae>\r\n");
}

TEST_CASE("10,000 hostile names, subjects and addresses: one RCPT and the expected headers", "[smtp][mail][fuzz]") {
  const std::vector<std::string> pieces = {"\r\n",
                                           "\n",
                                           "\r",
                                           std::string(1, '\0'),
                                           "\xE2\x80\xA8",
                                           "\r\n ",
                                           "<",
                                           ">",
                                           "\"",
                                           "\\",
                                           ",",
                                           ";",
                                           "RCPT TO:<",
                                           "Bcc: x@y.test",
                                           "иван",
                                           "=?utf-8?Q?=0A?=",
                                           "a@b.test",
                                           "@",
                                           "\xE2\x80\xAE",
                                           "\r\n.\r\n",
                                           "\n.\n",
                                           "пример.бг",
                                           " ",
                                           "DATA",
                                           "😀",
                                           "\xD0",
                                           std::string(1000, 'x')};
  std::mt19937 random(20260101);
  const auto hostile = [&](std::string base) {
    for (auto n = random() % 3 == 0 ? 1 + random() % 3 : 0; n > 0; --n)
      base.insert(random() % (base.size() + 1), pieces[random() % pieces.size()]);
    return base;
  };
  smtp::SessionOptions options;
  options.tls = smtp::TlsMode::none;
  std::size_t sent = 0;
  for (int i = 0; i < 10'000; ++i) {
    MailPolicy p = policy();
    p.from_name = hostile("Name");
    p.reply_to = random() % 4 == 0 ? hostile("r@b.test") : "";
    auto made = MailMaker::create(p);
    if (!made) continue;
    const std::string to = hostile("ok@b.test"), title = hostile("Заглавие"), body = hostile("text"),
                      locale = hostile("bg"), key = hostile("key");
    const auto mail = made.value->make({to, title, body, "", key, locale}, kNow);
    if (!mail) continue;
    ++sent;
    REQUIRE(wire_safe(mail.value->wire));
    auto expected = kHeaders;
    if (p.reply_to.empty()) std::erase(expected, "Reply-To");
    auto names = header_names(mail.value->wire);
    if (std::find(names.begin(), names.end(), "Content-Language") == names.end())
      std::erase(expected, "Content-Language");
    REQUIRE(names == expected);

    smtp::Session session(options, 0);
    session.on_connected(0);
    session.on_bytes("220 a\r\n", 0);
    session.take_output(0);
    session.on_bytes("250-a\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 PIPELINING\r\n", 0);
    session.send(
        {mail.value->envelope_from, mail.value->recipient, "id", mail.value->wire, mail.value->needs_utf8, 0, 0}, 0);
    const std::string envelope(session.take_output(0));
    REQUIRE(std::count(envelope.begin(), envelope.end(), '\n') == 3);
    REQUIRE(std::count(envelope.begin(), envelope.end(), '\r') == 3);
    session.on_bytes("250 ok\r\n250 ok\r\n354 go\r\n", 0);
    std::string data;
    for (std::string_view chunk; !(chunk = session.take_output(0)).empty();) data += chunk;
    REQUIRE(data.find("\r\n.\r\n") == data.size() - 5);
  }
  CHECK(sent > 2'000);
}

}  // namespace vestitel::mail::test
