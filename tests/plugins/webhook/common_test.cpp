// What the sinks over HTTP share.
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include "plugins/sinks/common/http_answer.hpp"
#include "plugins/sinks/common/lanes.hpp"
#include "plugins/sinks/common/outbound_text.hpp"
#include "plugins/sinks/common/web_address.hpp"

namespace vestitel::sinks::test {
namespace {

std::string origin_of(std::string_view url) {
  const auto address = parse_web_address(url);
  return address ? address->origin() : "none";
}

// While it lives no thread can be begun: there is no room for its stack.
class NoThreads {
 public:
  NoThreads() {
    REQUIRE(::pthread_getattr_default_np(&before_) == 0);
    pthread_attr_t vast;
    REQUIRE(::pthread_attr_init(&vast) == 0);
    REQUIRE(::pthread_attr_setstacksize(&vast, std::size_t{1} << 47U) == 0);  // more than all addresses there are
    REQUIRE(::pthread_setattr_default_np(&vast) == 0);
    ::pthread_attr_destroy(&vast);
  }
  ~NoThreads() {
    ::pthread_setattr_default_np(&before_);
    ::pthread_attr_destroy(&before_);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  pthread_attr_t before_;
};

}  // namespace

TEST_CASE("a web address has one reading", "[sinks][web]") {
  CHECK(origin_of("https://hooks.example.bg/a?b=c&d=%20") == "https://hooks.example.bg");
  CHECK(origin_of("https://Hooks.Example.BG:443/") == "https://hooks.example.bg");
  CHECK(origin_of("https://hooks.example.bg:8443") == "https://hooks.example.bg:8443");
  CHECK(origin_of("http://127.0.0.1:80/") == "http://127.0.0.1");
  CHECK(origin_of("http://localhost:8080/x") == "http://localhost:8080");
  CHECK(origin_of("https://[::1]:8443/x") == "https://[::1]:8443");
  CHECK(origin_of("https://a.bg?x") == "https://a.bg");
  for (const char* bad : {"",
                          "https://",
                          "https:///x",
                          "ftp://a.bg/",
                          "HTTPS://a.bg/",
                          "//a.bg/",
                          "a.bg",
                          "https://user@a.bg/",
                          "https://u:p@a.bg/",
                          "https://a.bg:0/",
                          "https://a.bg:65536/",
                          "https://a.bg:/",
                          "https://a.bg:80x/",
                          "https://a.bg/#f",
                          "https://a.bg\\@b.bg/",
                          "https://a.bg/\r\nx",
                          "https://a b.bg/",
                          "https://а.бг/",
                          "https://a..bg/",
                          "https://.a.bg/",
                          "https://a.bg./",
                          "https://-a.bg/",
                          "https://[::1/",
                          "https://[]/",
                          "https://[g::1]/",
                          "https://a.bg%2f.b.bg/",
                          "https://a.bg:80:80/"}) {
    CAPTURE(bad);
    CHECK(origin_of(bad) == "none");
  }
  CHECK(origin_of("https://a.bg/" + std::string(2035, 'x')) == "https://a.bg");
  CHECK(origin_of("https://a.bg/" + std::string(2036, 'x')) == "none");
}

TEST_CASE("a number in any spelling is no name", "[sinks][web]") {
  for (const char* name : {"a.bg", "hooks.example.bg", "1.example.bg", "xn--e1afmkfd.xn--90ae"})
    CHECK(is_domain_name(name));
  for (const char* none : {"", "localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "1.0x7f",
                           "[::1]", "a.1", "a..bg", "a.bg.", "*.bg"}) {
    CAPTURE(none);
    CHECK_FALSE(is_domain_name(none));
  }
  const auto loopback = [](const char* url) { return is_loopback(*parse_web_address(url)); };
  CHECK(loopback("http://localhost/"));
  CHECK(loopback("http://127.0.0.1:8080/"));
  CHECK(loopback("http://[::1]/"));
  CHECK_FALSE(loopback("http://127.0.0.2/"));
  CHECK_FALSE(loopback("http://localhost.example.bg/"));
}

TEST_CASE("a line stays one line, and several lines stay lines", "[sinks][text]") {
  CHECK(one_line("Иван \xE2\x80\x8FПетров") == "Иван Петров");
  CHECK(one_line("") == "");
  for (const std::string& bad :
       {std::string("a\r"), std::string("a\n"), std::string("a\tb"), std::string("\0", 1), std::string("\x7F"),
        std::string("\xC2\x85"), std::string("\xE2\x80\xA8"), std::string("\xE2\x80\xA9"), std::string("\xC0\x80"),
        std::string("\xED\xA0\x80"), std::string("\xF4\x90\x80\x80")}) {
    CAPTURE(bad);
    CHECK_FALSE(one_line(bad));
    const bool blank = bad == "a\n" || bad == "a\tb";
    CHECK(several_lines(bad).has_value() == blank);
  }
  CHECK(several_lines("a\r\nb\n\tc\xE2\x80\xAE") == "a\nb\n\tc");
  CHECK_FALSE(several_lines("a\r\r\n"));
}

TEST_CASE("each slice of a batch is worked on once, and a failure is told when all are done", "[sinks][lanes]") {
  std::vector<std::atomic<int>> done(1'000);
  in_lanes(1'000, 64, 4, [&](std::uint32_t begin, std::uint32_t end) {
    for (std::uint32_t i = begin; i < end; ++i) ++done[i];
  });
  CHECK(std::all_of(done.begin(), done.end(), [](const auto& n) { return n == 1; }));

  std::atomic<std::uint32_t> worked{0};
  const auto fail_first = [&](std::uint32_t begin, std::uint32_t end) {
    worked += end - begin;
    if (begin == 0) throw std::runtime_error("the first");
  };
  CHECK_THROWS_WITH(in_lanes(1'000, 64, 4, fail_first), "the first");
  CHECK(worked == 1'000);
  in_lanes(0, 64, 4, fail_first);
}

TEST_CASE("slices are worked on beside each other", "[sinks][lanes]") {
  std::mutex mutex;
  std::condition_variable changed;
  int here = 0;
  std::atomic<int> met{0};
  in_lanes(4, 1, 4, [&](std::uint32_t, std::uint32_t) {
    std::unique_lock lock(mutex);
    ++here;
    changed.notify_all();
    if (changed.wait_for(lock, std::chrono::seconds(30), [&] { return here == 4; })) ++met;
  });
  CHECK(met == 4);
}

TEST_CASE("where no thread is to be had, one lane does all of the batch", "[sinks][lanes]") {
  const NoThreads none;
  REQUIRE_THROWS_AS(std::thread([] {}), std::system_error);
  std::vector<int> done(1'000);
  bool here = true;
  in_lanes(1'000, 64, 4, [&, self = std::this_thread::get_id()](std::uint32_t begin, std::uint32_t end) {
    here = here && std::this_thread::get_id() == self;
    for (std::uint32_t i = begin; i < end; ++i) ++done[i];
  });
  CHECK(here);
  CHECK(std::all_of(done.begin(), done.end(), [](int n) { return n == 1; }));

  std::uint32_t worked = 0;
  const auto fail_in_the_middle = [&](std::uint32_t begin, std::uint32_t end) {
    worked += end - begin;
    if (begin == 512) throw std::runtime_error("the ninth");
  };
  CHECK_THROWS_WITH(in_lanes(1'000, 64, 4, fail_in_the_middle), "the ninth");
  CHECK(worked == 1'000);
}

TEST_CASE("what a slice throws in another lane comes out here, and once", "[sinks][lanes]") {
  std::mutex mutex;
  std::condition_variable changed;
  int here = 0;
  const auto self = std::this_thread::get_id();
  const auto fail_elsewhere = [&](std::uint32_t, std::uint32_t) {
    std::unique_lock lock(mutex);
    ++here;
    changed.notify_all();
    changed.wait_for(lock, std::chrono::seconds(30), [&] { return here == 4; });
    if (std::this_thread::get_id() != self) throw 7;  // three of the four
  };
  CHECK_THROWS_AS(in_lanes(4, 1, 4, fail_elsewhere), int);
  CHECK(here == 4);
}

TEST_CASE("an id of others is kept only where it can stand anywhere", "[sinks][http]") {
  CHECK(provider_id("a-1_b.c:d~e", "ours") == "a-1_b.c:d~e");
  for (const char* bad : {"", "a b", "a@b", "a/b", "ид", "a\n"}) CHECK(provider_id(bad, "ours") == "ours");
  CHECK(provider_id(std::string(128, 'x'), "ours") == std::string(128, 'x'));
  CHECK(provider_id(std::string(129, 'x'), "ours") == "ours");
}

}  // namespace vestitel::sinks::test
