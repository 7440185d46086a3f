// The inbox over loopback: who may deliver, what is answered, what lies in the folder then.
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/api/inbox_rig.hpp"

namespace vestitel::test {

using nlohmann::json;

TEST_CASE("a document is placed whole before it is acknowledged, and its receipt is found at the address", "[inbox]") {
  InboxRig rig;
  TlsClient client(rig.start());
  const auto taken = client.ask(rig.post("<a/>",
                                         "Content-Type: application/xml; charset=utf-8\r\nVestitel-Name: oct.xml\r\n"
                                         "Vestitel-As-Of: 2026-10-31\r\nVestitel-Complete: true\r\n"));
  REQUIRE(taken.status == 202);
  const std::string id = json::parse(taken.body).at("id");
  CHECK(json::parse(taken.body).at("state") == "waiting");
  CHECK(taken.field("Location") == "/inbox/amb/receipts/" + id);
  const std::string name = id + "-oct.xml";
  CHECK(rig.placed() == std::vector<std::string>{name, name + ".meta.json", name + ".ready"});
  const auto drop = rig.folder.path() / "received/amb/acme";
  CHECK(read_file(drop / name) == "<a/>");
  CHECK(read_file(drop / (name + ".meta.json")) ==
        "{\"as_of\":\"2026-10-31\",\"complete\":true,\"media_type\":\"application/xml\"}\n");
  CHECK(rig.spools() == 0);

  const auto waiting = client.ask(rig.get(taken.field("Location")));
  CHECK(waiting.status == 202);
  CHECK(waiting.body == "{\"state\":\"waiting\"}\n");
  CHECK(waiting.field("Retry-After") == "5");
  rig.decide(name, "{\"state\": \"accepted\"}\n");
  const auto decided = client.ask(rig.get(taken.field("Location")));
  CHECK(decided.status == 200);
  CHECK(decided.body == "{\"state\": \"accepted\"}\n");
  const auto text = client.ask(rig.get(taken.field("Location"), "Accept: text/plain\r\n"));
  CHECK(text.body == "РАЗПИСКА\n");
  CHECK(text.field("Content-Type") == "text/plain; charset=utf-8");
  CHECK(client.ask(rig.get(taken.field("Location"), "Accept: image/png\r\n")).status == 406);
  client.send("HEAD " + taken.field("Location") + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + kAcmeKey +
              "\r\n\r\n");
  const auto head = client.answer(true);
  CHECK(head.status == 200);
  CHECK(head.field("Content-Length") == "22");
  CHECK(client.ask(rig.get("/health")).body == "ok\n");  // and nothing of a body stood before it
}

TEST_CASE("the same key with the same content is one document, with other content none", "[inbox]") {
  InboxRig rig;
  TlsClient client(rig.start());
  const std::string key = "Idempotency-Key: 2026-10/1\r\n";
  const auto first = client.ask(rig.post("one", key)), again = client.ask(rig.post("one", key));
  CHECK(first.status == 202);
  CHECK(again.status == 202);
  CHECK(again.body == first.body);
  CHECK(client.ask(rig.post("two", key)).status == 422);
  CHECK(client.ask(rig.post("one", key + "Vestitel-As-Of: 2026-10-31\r\n")).status == 422);
  const std::string id = json::parse(first.body).at("id");
  CHECK(rig.placed() == std::vector<std::string>{id, id + ".ready"});
  rig.decide(id, "{}");
  const auto later = client.ask(rig.post("one", key));
  CHECK(later.status == 200);
  CHECK(json::parse(later.body).at("state") == "decided");
  CHECK(rig.placed().empty());
  CHECK(client.ask(rig.post("one", "Idempotency-Key: 2026-10/2\r\n")).status == 202);
  CHECK(rig.placed().size() == 2);
}

TEST_CASE("without a key the content serves", "[inbox]") {
  InboxRig rig;
  TlsClient client(rig.start());
  const auto first = client.ask(rig.post("one")), again = client.ask(rig.post("one"));
  CHECK(first.body == again.body);
  CHECK(rig.placed().size() == 2);
  CHECK(client.ask(rig.post("two")).status == 202);
  CHECK(client.ask(rig.post("one", "Vestitel-As-Of: 2026-10-31\r\n")).status == 202);
  CHECK(rig.placed().size() == 7);
}

TEST_CASE("a trial goes to the trial folder, and its receipt is a trial's", "[inbox]") {
  InboxRig rig;
  TlsClient client(rig.start());
  const auto taken = client.ask(rig.post("one", "", "/trial/amb"));
  const std::string id = json::parse(taken.body).at("id");
  CHECK(taken.field("Location") == "/trial/amb/receipts/" + id);
  CHECK(rig.placed().empty());
  CHECK(rig.placed("amb/acme/trial") == std::vector<std::string>{id, id + ".ready"});
  rig.decide(id, "{}", "rejected", "amb/acme/trial");
  CHECK(client.ask(rig.get("/trial/amb/receipts/" + id)).status == 200);
  CHECK(client.ask(rig.get("/inbox/amb/receipts/" + id)).status == 404);
}

TEST_CASE("a receipt is for who delivered the document", "[inbox]") {
  InboxRig rig;
  rig.start();
  TlsClient acme(rig.port), beta(rig.port, &rig.betas), nobody(rig.port);
  const std::string address = acme.ask(rig.post("one")).field("Location");
  const std::string plain = "GET " + address + " HTTP/1.1\r\nHost: h\r\n\r\n";
  CHECK(acme.ask(rig.get(address)).status == 202);
  CHECK(beta.ask(plain).status == 404);
  CHECK(nobody.ask(plain).status == 401);
  CHECK(acme.ask(rig.get("/inbox/amb/receipts/0123456789abcdef0123456789abcdef")).status == 404);
  CHECK(acme.ask(rig.get("/inbox/amb/receipts/..")).status == 404);
}

TEST_CASE("who delivers is known by certificate or key, and by nothing else", "[inbox]") {
  InboxRig rig;
  const TestCertificate strange("strange", nullptr), late("late", nullptr, -3, -1), early("early", nullptr, 1, 3);
  rig.partners.put("late", {"amb"});
  rig.partners.let("late", CredentialKind::kCertificate, late.digest());
  rig.partners.let("late", CredentialKind::kCertificate, early.digest());
  const std::string ended = "vk1-ended";
  rig.partners.let("acme", CredentialKind::kKey, digest_of(ended), rig.clock.now());
  rig.settings.limits.failures = 100;
  const int port = rig.start();
  const std::string bare = "POST /inbox/amb HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n";
  const auto status = [&](const TestCertificate* certificate, const std::string& fields) {
    return TlsClient(port, certificate).ask(bare + fields + "\r\none").status;
  };
  const std::string with_key = std::string("Authorization: Bearer ") + kAcmeKey + "\r\n";
  CHECK(status(nullptr, "") == 401);
  CHECK(status(nullptr, with_key) == 202);
  CHECK(status(nullptr, "Authorization: bearer " + std::string(kAcmeKey) + "\r\n") == 202);
  CHECK(status(nullptr, "Authorization: Bearer vk1-wrong\r\n") == 401);
  CHECK(status(nullptr, "Authorization: Basic YTpi\r\n") == 401);
  CHECK(status(nullptr, "Authorization: Bearer " + ended + "\r\n") == 401);
  CHECK(status(nullptr, with_key + with_key) == 401);
  CHECK(status(&rig.betas, "") == 202);
  CHECK(status(&rig.betas, with_key) == 401);  // two partners at once
  CHECK(status(&strange, "") == 401);
  CHECK(status(&strange, with_key) == 401);  // a certificate that is shown has to be good
  CHECK(status(&late, "") == 401);
  CHECK(status(&early, "") == 401);
  rig.partners.let("acme", CredentialKind::kCertificate, strange.digest());
  CHECK(status(&strange, with_key) == 202);
  CHECK_FALSE(TlsClient(port).ask(bare + "\r\none").field("WWW-Authenticate").empty());
  rig.partners.broken = true;
  CHECK(status(nullptr, with_key) == 503);
}

TEST_CASE("where client authorities are set, a certificate has to lead to one", "[inbox]") {
  InboxRig rig;
  const TestCertificate authority("authority", nullptr), leaf("leaf", &authority), other("authority", nullptr),
      forged("leaf", &other);
  authority.write(rig.folder / "ca.pem", rig.folder / "ca.key");
  rig.settings.client_ca = rig.folder / "ca.pem";
  for (const auto* one : {&leaf, &forged}) rig.partners.let("beta", CredentialKind::kCertificate, one->digest());
  const int port = rig.start();
  const std::string request = "POST /inbox/amb HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\none";
  CHECK(TlsClient(port, &leaf).ask(request).status == 202);
  CHECK(TlsClient(port, &forged).ask(request).status == 401);
  CHECK(TlsClient(port, &rig.betas).ask(request).status == 401);  // known by its digest, but of no authority
  CHECK(TlsClient(port).ask(rig.post("two")).status == 202);      // keys are as good as before
}

TEST_CASE("an instance is told of to partners alone, and used by those who may", "[inbox]") {
  InboxRig rig;
  rig.start();
  CHECK(TlsClient(rig.port).ask(rig.post("one", "", "/inbox/labs")).status == 403);
  CHECK(TlsClient(rig.port).ask(rig.post("one", "", "/inbox/none")).status == 404);
  CHECK(TlsClient(rig.port).ask(rig.post("one", "", "/inbox/none", "vk1-wrong")).status == 401);
  CHECK(TlsClient(rig.port).ask(rig.post("one", "", "/inbox/labs", "vk1-wrong")).status == 401);
  CHECK(rig.placed("labs/acme").empty());
}

TEST_CASE("nothing of a body is read before who sends it is known and may", "[inbox]") {
  struct Case {
    const char* name;
    std::string to, key, fields;
    int status;
  };
  const std::string expects = "Expect: 100-continue\r\n";
  const auto c = GENERATE_COPY(values<Case>({
      {"no such key", "/inbox/amb", "vk1-wrong", expects, 401},
      {"no such instance", "/inbox/none", kAcmeKey, expects, 404},
      {"not the partner's", "/inbox/labs", kAcmeKey, expects, 403},
      {"a packing that is not known", "/inbox/amb", kAcmeKey, expects + "Content-Encoding: br\r\n", 415},
      {"no such key, and it does not wait", "/inbox/amb", "vk1-wrong", "", 401},
  }));
  CAPTURE(c.name);
  InboxRig rig;
  TlsClient client(rig.start());
  // Half of a body and never the rest: who waits for it would wait for ever.
  const auto answer =
      client.ask("POST " + c.to + " HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\nAuthorization: Bearer " + c.key +
                 "\r\n" + c.fields + "\r\n" + (c.fields.empty() ? "half" : ""));
  CHECK(answer.status == c.status);
  CHECK(answer.field("Connection") == "close");
  CHECK(client.rest().empty());
  CHECK(rig.spools() == 0);
}

TEST_CASE("who waits to be asked for the body is asked", "[inbox]") {
  InboxRig rig;
  TlsClient client(rig.start());
  client.send(
      "POST /inbox/amb HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\nAuthorization: Bearer " +
      std::string(kAcmeKey) + "\r\n\r\n");
  CHECK(client.answer().status == 100);
  CHECK(client.ask("one").status == 202);
  CHECK(client.ask(rig.post("two")).status == 202);  // the connection goes on
}

TEST_CASE("a body may come in chunks of any size", "[inbox]") {
  InboxRig rig;
  TlsClient client(rig.start());
  const std::string head =
      "POST /inbox/amb HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nAuthorization: Bearer " +
      std::string(kAcmeKey) + "\r\n\r\n";
  client.send(head);
  std::string whole;
  for (const std::size_t size : {1UL, 2UL, 70'000UL, 15UL}) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    char line[32];
    std::snprintf(line, sizeof line, "%zx\r\n", size);
    client.send(line + piece + "\r\n");
    whole += piece;
  }
  const auto taken = client.ask("0\r\n\r\n");
  REQUIRE(taken.status == 202);
  CHECK(read_file(rig.folder.path() / "received/amb/acme" / json::parse(taken.body).at("id").get<std::string>()) ==
        whole);
  CHECK(client.ask(rig.post("next")).status == 202);
}

TEST_CASE("what is too large is refused, whether it says so or not", "[inbox]") {
  InboxRig rig;
  rig.settings.limits.max_size = 1'000;
  rig.start();
  const std::string large(1'001, 'x');
  CHECK(TlsClient(rig.port).ask(rig.post(large)).status == 413);
  CHECK(TlsClient(rig.port).ask(rig.post(large.substr(1))).status == 202);
  const std::string chunked =
      "POST /inbox/amb HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nAuthorization: Bearer " +
      std::string(kAcmeKey) + "\r\n\r\n";
  CHECK(TlsClient(rig.port).ask(chunked + "3e9\r\n" + large + "\r\n0\r\n\r\n").status == 413);
  std::string many;
  for (int i = 0; i < 101; ++i) many += "a\r\n0123456789\r\n";
  CHECK(TlsClient(rig.port).ask(chunked + many + "0\r\n\r\n").status == 413);
  CHECK(rig.spools() == 0);
  CHECK(rig.placed().size() == 2);
}

TEST_CASE("while there is no room, documents are put off and nothing is kept", "[inbox]") {
  InboxRig rig;
  rig.room = Result<>(Failure::kBusy, "no room");
  TlsClient client(rig.start());
  const auto answer = client.ask(rig.post("one"));
  CHECK(answer.status == 503);
  CHECK_FALSE(answer.field("Retry-After").empty());
  CHECK(rig.placed().empty());
}

TEST_CASE("addresses and methods that are not known are told so", "[inbox]") {
  InboxRig rig;
  rig.start();
  const auto ask = [&](const std::string& line) {
    return TlsClient(rig.port).ask(line + " HTTP/1.1\r\nHost: h\r\n\r\n");
  };
  CHECK(ask("GET /health").body == "ok\n");
  CHECK(ask("GET /").status == 404);
  CHECK(ask("GET /inbox/amb/receipts").status == 404);
  CHECK(ask("GET /inbox/AMB").status == 404);
  CHECK(ask("GET /inbox/../health").status == 404);
  CHECK(ask("GET /health?a=b").status == 404);
  CHECK(ask("GET /inbox/amb").status == 405);
  CHECK(ask("GET /inbox/amb").field("Allow") == "POST");
  CHECK(ask("PUT /health").field("Allow") == "GET, HEAD");
  CHECK(ask("DELETE /inbox/amb/receipts/1").status == 405);
}

TEST_CASE("an answer is a problem in both languages and repeats nothing of the request", "[inbox]") {
  InboxRig rig;
  TlsClient client(rig.start());
  const auto answer = client.ask(rig.post("one", "Vestitel-As-Of: 8001010000\r\n"));
  CHECK(answer.status == 400);
  CHECK(answer.field("Content-Type") == "application/problem+json");
  const json problem = json::parse(answer.body);
  CHECK(problem.at("type") == "urn:vestitel:inbox:as-of");
  CHECK(problem.at("status") == 400);
  CHECK(problem.at("detail_bg").get<std::string>().find("Vestitel-As-Of е") == 0);
  CHECK(answer.body.find("8001010000") == std::string::npos);
}

TEST_CASE("an address that fails again and again is told to wait; who is known gets through", "[inbox]") {
  InboxRig rig;
  rig.settings.limits.failures = 3;
  rig.start();
  const auto status = [&](const std::string& key, const char* from) {
    return TlsClient(rig.port, nullptr, from).ask(rig.post("one", "", "/inbox/amb", key)).status;
  };
  for (int i = 0; i < 3; ++i) CHECK(status("vk1-wrong", "127.0.0.1") == 401);
  CHECK(status("vk1-wrong", "127.0.0.1") == 429);
  CHECK(status("vk1-wrong", "127.0.0.2") == 401);
  CHECK(status(kAcmeKey, "127.0.0.1") == 202);
  rig.clock.advance(std::chrono::minutes{1});
  CHECK(status("vk1-wrong", "127.0.0.1") == 401);
}

TEST_CASE("a partner brings so many documents at a time and not more", "[inbox]") {
  InboxRig rig;
  rig.settings.limits.per_partner = 2;
  rig.start();
  const std::string begun =
      "POST /inbox/amb HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n"
      "Authorization: Bearer " +
      std::string(kAcmeKey) + "\r\n\r\n";
  TlsClient one(rig.port), two(rig.port), three(rig.port), beta(rig.port, &rig.betas);
  CHECK(one.ask(begun).status == 100);
  CHECK(two.ask(begun).status == 100);
  CHECK(three.ask(begun).status == 429);
  CHECK(beta.ask("POST /inbox/amb HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\none").status == 202);
  CHECK(one.ask("one").status == 202);
  CHECK(TlsClient(rig.port).ask(begun).status == 100);
}

TEST_CASE("a connection serves so many requests", "[inbox]") {
  InboxRig rig;
  rig.settings.limits.requests = 3;
  TlsClient client(rig.start());
  CHECK(client.ask(rig.get("/health")).field("Connection").empty());
  CHECK(client.ask(rig.get("/health", "Connection: keep-alive\r\n")).field("Connection").empty());
  CHECK(client.ask(rig.get("/health")).field("Connection") == "close");
  CHECK(client.rest().empty());
}

TEST_CASE("a stop lets a document that is coming in end, and cuts the silent off", "[inbox]") {
  InboxRig rig;
  rig.start();
  TlsClient silent(rig.port);
  auto client = std::make_unique<TlsClient>(rig.port);
  TlsClient& busy = *client;
  CHECK(busy.ask("POST /inbox/amb HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nExpect: 100-continue\r\nAuthorization: "
                 "Bearer " +
                 std::string(kAcmeKey) + "\r\n\r\n")
            .status == 100);
  std::thread stopping([&] { rig.server->stop(std::chrono::seconds{60}); });
  CHECK(silent.rest().empty());  // the stop has begun
  const auto answer = busy.ask("whole.");
  CHECK(answer.status == 202);
  CHECK(answer.field("Connection") == "close");
  client.reset();
  stopping.join();
  CHECK(rig.placed().size() == 2);
  CHECK_THROWS(TlsClient(rig.port));
}

TEST_CASE("a stop does not wait for ever", "[inbox]") {
  InboxRig rig;
  rig.start();
  TlsClient busy(rig.port);
  CHECK(busy.ask("POST /inbox/amb HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nExpect: 100-continue\r\nAuthorization: "
                 "Bearer " +
                 std::string(kAcmeKey) + "\r\n\r\n")
            .status == 100);
  rig.server->stop(std::chrono::milliseconds{10});
  CHECK(busy.rest().empty());
  CHECK(rig.spools() == 0);
}

}  // namespace vestitel::test
