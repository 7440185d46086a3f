// What a push service answered, as one of the seven verdicts. An answer is judged alone, but for 401 and 403: one
// subscription that was made with another key answers the same as a key that is wrong for all.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vestitel/http.hpp>
#include <vestitel/sink.hpp>

namespace vestitel::webpush {

enum class Note {
  none,
  alert,      // the service did not understand us: somebody has to look
  refused,    // 401 or 403: see RefusalBook
  bad_token,  // 401 or 403 that names the token: the next one is made anew
};

struct Judgement {
  Verdict verdict;
  Note note = Note::none;
};

Judgement judge(const HttpAnswerView& answer, std::int64_t now_us);

// Which of a service's refusals are one subscription's matter. [one thread]
//
// A refused subscription is dead once any service has taken a message with this key: then the key is right, and that
// subscription was made with another. Two or more that one service refuses, and not fewer than it took within the hour,
// say that it is the key after all.
class RefusalBook {
 public:
  void taken(const std::string& origin, std::int64_t now_us);
  // `endpoint` tells subscriptions apart; only a hash of it is kept.
  void refused(const std::string& origin, std::string_view endpoint, std::int64_t now_us);
  Verdict verdict(const std::string& origin, std::uint32_t status, std::int64_t now_us) const;

 private:
  static constexpr std::int64_t kWindow = 3'600'000'000;
  static constexpr std::size_t kMaxKept = 10'000;
  struct Page {
    std::int64_t since_us = 0;
    std::uint64_t taken = 0;
    std::set<std::size_t> refused;
  };
  Page& page(const std::string& origin, std::int64_t now_us);
  std::map<std::string, Page> pages_;
  bool proven_ = false;
};

}  // namespace vestitel::webpush
