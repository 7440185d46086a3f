// HTTP that was recorded once, so that a feed or sink can be tried again without its peer: `plugin record` writes a
// cassette, `plugin replay` answers from it.
//
// A cassette is JSON lines, one exchange each: {"method", "url", "body", "answer": {"status", "headers", "body", ...}}.
// A body that is no UTF-8 stands as {"base64": "..."}. Headers of a request are not recorded: that is where credentials
// are.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "core/base/result.hpp"
#include "core/plugin/services/lent.hpp"

namespace vestitel {

class Cassette {
 public:
  // kInvalid: the text is no cassette; the message names its line.
  static Result<Cassette> parse(std::string_view text);
  // The next answer that was recorded for this request, the last of them from then on; nothing: there is none.
  std::optional<wire::HttpAnswer> next(const std::string& method, const std::string& url, const std::string& body);

 private:
  std::map<std::tuple<std::string, std::string, std::string>, std::deque<wire::HttpAnswer>> recorded_;
};

// Passes everything on to `inner` and writes what came back to the file, a line as it comes. kIo: the file cannot be
// made.
Result<std::shared_ptr<HttpClient>> recording_http(std::shared_ptr<HttpClient> inner, const std::string& path);

// Answers from the file. What was never recorded is answered as not reached, with that reason. kInvalid as above.
Result<std::shared_ptr<HttpClient>> replaying_http(std::string_view cassette);

}  // namespace vestitel
