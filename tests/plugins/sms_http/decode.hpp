// A second opinion on forms and queries, written for these tests: what a strict receiver reads.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vestitel::sms_http::test {

inline std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
    } else {
      if (i + 2 >= text.size()) throw std::runtime_error("an escape without an end");
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    }
  }
  return out;
}

inline std::vector<std::pair<std::string, std::string>> pairs_of(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  std::string left(text);
  while (!left.empty()) {
    const std::string pair = left.substr(0, left.find('&'));
    left.erase(0, pair.size() + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) throw std::runtime_error("a name without a value");
    out.emplace_back(unescaped(pair.substr(0, equals)), unescaped(pair.substr(equals + 1)));
  }
  return out;
}

}  // namespace vestitel::sms_http::test
