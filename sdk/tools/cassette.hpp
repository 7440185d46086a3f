// HTTP that was recorded once, so that a feed or sink can be tried again without its peer: `plugin record` writes a
// cassette, `plugin replay` answers from it.
//
// A cassette is JSON lines, one exchange each: {"method", "url", "body", "answer": {"status", "headers", "body", ...}}.
// A body that is no UTF-8 stands as {"base64": "..."}. Headers of a request are not recorded: that is where credentials
// are.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/plugin/services/lent.hpp"

namespace vestitel {

// Passes everything on to `inner` and writes what came back to the file, a line as it comes. kIo: the file cannot be
// made.
Result<std::shared_ptr<HttpClient>> recording_http(std::shared_ptr<HttpClient> inner, const std::string& path);

// Answers from the file. A request is found by method, URL and body; the same again gets the next answer that was
// recorded for it, and the last of them from then on. What was never recorded is answered as not reached, with that
// reason. kInvalid: the file is no cassette; the message names its line.
Result<std::shared_ptr<HttpClient>> replaying_http(std::string_view cassette);

}  // namespace vestitel
