// A feed whose cursor says what it does: "put", "put and throw", "http URL", "subjects", "fails".
#include <string>
#include <vestitel/plugin.hpp>

namespace {

class AskingFeed {
 public:
  explicit AskingFeed(const vestitel::Host& host) : host_(host) {}

  vestitel::Polled poll(std::string_view cursor, std::uint32_t, vestitel::Emit& out) {
    if (cursor.substr(0, 5) == "http ") {
      const auto answer = vestitel::Http(host_).request(vestitel::HttpRequest::get(std::string(cursor.substr(5))));
      out.commit("status " + std::to_string(answer.status) + " " + answer.body);
      return vestitel::Polled::end;
    }
    if (cursor == "subjects") {
      std::string all;
      const bool more =
          vestitel::subjects_after(host_, "", 2, [&](std::string_view at, std::uint32_t kind, std::string_view value) {
            all += std::string(at) + ":" + std::to_string(kind) + ":" + std::to_string(value.size()) + " ";
          });
      out.commit(all + (more ? "more" : "end"));
      return vestitel::Polled::end;
    }
    if (cursor == "fails") throw vestitel::Error::retry("asking: 503", 7000);
    const vestitel::Kv kept(host_);
    kept.put("a", "first");
    kept.remove("gone");
    const auto seen = kept.entry("a");
    const bool raced = !kept.cas("a", 1, "wrong");
    const bool swapped = seen && kept.cas("a", seen->revision, "second").has_value();
    if (cursor == "put and throw") throw vestitel::Error::data("asking: nonsense");
    std::string keys;
    kept.each("", [&](std::string_view key, std::uint64_t) { keys += std::string(key) + " "; });
    out.commit(keys + (raced ? "raced " : "") + (swapped ? "swapped " : "") + kept.get("a").value_or("nothing"));
    return vestitel::Polled::more;
  }

 private:
  const vestitel::Host& host_;
};

}  // namespace

VESTITEL_EXPORT_FEED(AskingFeed, "org.test.asking-feed", "Asking", "1.0.0", "{}")
