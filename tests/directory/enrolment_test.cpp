#include <catch2/catch.hpp>

#include "core/directory/enrolment.hpp"

namespace vestitel::test {
namespace {

constexpr Date kToday{std::chrono::year{2026} / 11 / 3};

std::string address(Channel channel, std::string_view text) {
  const auto checked = checked_address(channel, text);
  return checked ? checked->reveal() : "refused";
}

// Every enrolment and every fault as a line.
std::string read(std::string_view csv, std::size_t chunk = 1'000'000) {
  std::string out;
  EnrolmentCsv reader(
      kToday,
      [&](const Enrolment& e) {
        out += std::string(to_text(e.person.type)) + ' ' + e.person.value.reveal() + ' ' +
               std::string(to_text(e.channel)) + ' ' + e.address.reveal() + ' ' + std::string(to_text(e.cadence)) +
               ' ' + e.locale + '\n';
      },
      [&](const EnrolmentFault& f) {
        out += std::to_string(f.row) + ':' + std::to_string(f.column) + ' ' + f.element + ": " + f.reason +
               (f.fatal ? " !" : "") + '\n';
      });
  for (std::size_t i = 0; i < csv.size(); i += chunk) reader.feed(csv.substr(i, chunk));
  reader.finish();
  return out;
}

const std::string kHeader = "id_type,id,channel,address,cadence,locale\n";

}  // namespace

TEST_CASE("a mobile number is stored as +359 and nine digits, whatever it was written like", "[directory]") {
  struct Case {
    const char *written, *stored;
  };
  const auto c = GENERATE(values<Case>({
      {"0880 000 000", "+359880000000"},
      {"+359 88 000 0000", "+359880000000"},
      {"00359880000000", "+359880000000"},
      {"359-88-000-0000", "+359880000000"},
      {"(088) 000 0000", "+359880000000"},
      {"880000000", "+359880000000"},
      {"0870000000", "+359870000000"},
      {"0890000000", "+359890000000"},
      {"+359980000000", "+359980000000"},
      {"+35988000000", "refused"},
      {"+3590880000000", "refused"},
      {"02 900 0000", "refused"},
      {"+35929000000", "refused"},
      {"+447700900000", "refused"},
      {"0880000000; 0890000000", "refused"},
      {"0880000000 0890000000", "refused"},
      {"0860000000", "refused"},
      {"088000000a", "refused"},
      {"+", "refused"},
      {"++359880000000", "refused"},
  }));
  CAPTURE(c.written);
  CHECK(address(Channel::kSms, c.written) == c.stored);
}

TEST_CASE("a mailbox is one name at one domain and nothing that could end a header", "[directory]") {
  struct Case {
    const char* written;
    bool good;
  };
  const auto c = GENERATE(values<Case>({
      {"a@example.bg", true},
      {"first.last+tag@mail.example.bg", true},
      {"o'neil@example.bg", true},
      {"име@пример.бг", true},
      {"a@xn--e1afmkfd.xn--90ae", true},
      {"a@localhost", false},
      {"a@[127.0.0.1]", false},
      {"a@127.0.0.1", false},
      {"a@-example.bg", false},
      {"a@example..bg", false},
      {"a@example.bg.", false},
      {".a@example.bg", false},
      {"a.@example.bg", false},
      {"a..b@example.bg", false},
      {"\"a b\"@example.bg", false},
      {"a b@example.bg", false},
      {"a@b@example.bg", false},
      {"a@example.bg,b@example.bg", false},
      {"<a@example.bg>", false},
      {"Name <a@example.bg>", false},
      {"@example.bg", false},
      {"a@", false},
      {"a", false},
      {"", false},
      {"a@example.bg\r\nBcc: b@example.bg", false},
      {"a@example.bg\n", false},
      {"a\x7f@example.bg", false},
      {"a\xc2\x85@example.bg", false},
      {"a\xe2\x80\xa8@example.bg", false},
      {"a\xff@example.bg", false},
  }));
  CAPTURE(c.written);
  CHECK((address(Channel::kEmail, c.written) != "refused") == c.good);
}

TEST_CASE("a mailbox is bounded in its whole and in its parts", "[directory]") {
  CHECK(address(Channel::kEmail, std::string(64, 'a') + "@example.bg") != "refused");
  CHECK(address(Channel::kEmail, std::string(65, 'a') + "@example.bg") == "refused");
  CHECK(address(Channel::kEmail, "a@" + std::string(64, 'b') + ".bg") == "refused");
  std::string long_domain;
  for (int i = 0; i < 5; ++i) long_domain += std::string(60, 'b') + ".";
  CHECK(address(Channel::kEmail, "a@" + long_domain + "bg") == "refused");
}

TEST_CASE("the other channels take one visible word, a web address, or a name", "[directory]") {
  CHECK(address(Channel::kPush, "token:ABC_1") == "token:ABC_1");
  CHECK(address(Channel::kPush, "two words") == "refused");
  CHECK(address(Channel::kWebhook, "https://hook.example.bg/a") != "refused");
  CHECK(address(Channel::kWebhook, "http://hook.example.bg/a") == "refused");
  CHECK(address(Channel::kFile, "Иван") == "Иван");
  CHECK(address(Channel::kFile, "a\nb") == "refused");
}

TEST_CASE("a line of the file becomes an enrolment", "[directory]") {
  CHECK(read(kHeader + "egn,9932319981,email,a@example.bg,immediate,en\n") ==
        "egn 9932319981 email a@example.bg immediate en\n");
  CHECK(read("address,channel,id,id_type\n0880000000,sms,1000009990,lnch\n") ==
        "lnch 1000009990 sms +359880000000 immediate bg\n");
  CHECK(read(kHeader + "egn,9932319981,email,a@example.bg,,\n") == "egn 9932319981 email a@example.bg immediate bg\n");
  CHECK(read(kHeader + "egn,9932319981,email,a@example.bg,off,bg") == "egn 9932319981 email a@example.bg off bg\n");
}

TEST_CASE("a byte order mark, CRLF, quotes and blank lines are read; the chunks do not matter", "[directory]") {
  const std::string csv =
      "\xEF\xBB\xBF" + std::string(
                           "id_type,id,channel,address\r\n\r\n\"egn\",9932319981,file,\"a \"\"b\"\", c\"\r\n"
                           "egn,9622299980,file,d\r\n");
  const std::string expected = "egn 9932319981 file a \"b\", c immediate bg\negn 9622299980 file d immediate bg\n";
  const std::size_t chunk = GENERATE(1U, 2U, 3U, 7U, 1000U);
  CAPTURE(chunk);
  CHECK(read(csv, chunk) == expected);
}

TEST_CASE("a fault names row, column and reason, and the other rows go on", "[directory]") {
  struct Case {
    const char *name, *line, *fault;
  };
  const auto c = GENERATE(values<Case>({
      {"unknown type", "EGN,9932319981,email,a@example.bg,,",
       "2:1 id_type: one of egn, lnch, nap, ehic, uin expected\n"},
      {"check digit", "egn,9932319982,email,a@example.bg,,", "2:2 id: wrong check digit\n"},
      {"unknown channel", "egn,9932319981,fax,1,,", "2:3 channel: one of email, sms, push, webhook, file expected\n"},
      {"bad address", "egn,9932319981,email,secret-address,,",
       "2:4 address: checking an address: name@domain expected\n"},
      {"line break in an address", "egn,9932319981,email,\"a@example.bg\nBcc: x\",,",
       "2:4 address: checking an address: a control character or line break\n"},
      {"a digest", "egn,9932319981,email,a@example.bg,weekly,",
       "2:5 cadence: immediate or off expected: this version sends no digests\n"},
      {"locale", "egn,9932319981,email,a@example.bg,,de", "2:6 locale: bg or en expected\n"},
      {"too few fields", "egn,9932319981", "2:0 : 2 fields where the header has 6\n"},
      {"a quote inside", "egn,99\"32319981,email,a@example.bg,,",
       "2:0 : a quote inside a field that does not begin with one\n"},
      {"text behind a quote", "\"egn\"x,9932319981,email,a@example.bg,,", "2:0 : text behind a closing quote\n"},
      {"bytes that are not text", "egn,9932319981,email,\xff@example.bg,,", "2:4 address: not UTF-8\n"},
  }));
  CAPTURE(c.name);
  const std::string got = read(kHeader + c.line + "\negn,9622299980,file,d,,\n");
  CHECK(got == c.fault + std::string("egn 9622299980 file d immediate bg\n"));
  CHECK(got.find("secret-address") == std::string::npos);
}

TEST_CASE("rows are lines of the file, also behind a field of several lines", "[directory]") {
  CHECK(
      read(kHeader + "\n\"egn\",9932319981,file,\"a\nb\",,\nx,,,,,\n") ==
      "3:4 address: checking an address: a control character or line break\n5:1 id_type: one of egn, lnch, nap, ehic, "
      "uin expected\n");
}

TEST_CASE("a header that cannot be read ends the file at once", "[directory]") {
  struct Case {
    const char *csv, *fault;
  };
  const auto c = GENERATE(values<Case>({
      {"", "1:0 : empty: a header of id_type,id,channel,address expected !\n"},
      {"id_type;id;channel;address\n",
       "1:1 : an unknown column; id_type, id, channel, address, cadence, locale expected !\n"},
      {"id_type,id,channel\n", "1:0 address: the header does not have the column !\n"},
      {"id_type,id,channel,address,id\n", "1:5 id: the column again !\n"},
  }));
  CAPTURE(c.csv);
  CHECK(read(c.csv) == c.fault);
  // Nothing behind a bad header is taken.
  if (*c.csv != '\0') CHECK(read(c.csv + std::string("egn,9932319981,file,a\n")) == c.fault);
}

TEST_CASE("a record without end does not grow the memory and does not swallow the file", "[directory]") {
  const std::string endless = "egn,\"" + std::string(100'000, 'x') + "\n";
  CHECK(read(kHeader + endless + "egn,9622299980,file,d,,\n") ==
        "2:0 : longer than 8 KiB\negn 9622299980 file d immediate bg\n");
  CHECK(read(kHeader + "egn,\"never closed\n") == "2:0 : a quote that is never closed\n");
}

}  // namespace vestitel::test
