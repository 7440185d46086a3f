#include "plugins/sinks/file/json_lines.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>

#include "plugins/sinks/file/file_verdict.hpp"
#include "plugins/sinks/file/json_text.hpp"

namespace vestitel::file_sink {
namespace {

constexpr std::string_view kLineStart = "{\"idem_key\":\"";
constexpr std::string_view kStem = "messages";
constexpr std::string_view kEnding = ".jsonl";
constexpr std::size_t kBlock = 4 << 20;
constexpr std::size_t kMaxLine = 64 << 20;

bool is_daily_name(std::string_view name) {
  if (name.size() != kStem.size() + 9 + kEnding.size() || !name.starts_with("messages-") || !name.ends_with(kEnding)) {
    return false;
  }
  const std::string_view date = name.substr(kStem.size() + 1, 8);
  return std::all_of(date.begin(), date.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool append_member(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  return append_json_string(out, text);
}

}  // namespace

std::string_view key_of_line(std::string_view line) {
  if (!line.starts_with(kLineStart) || !line.ends_with('}')) return {};
  const std::string_view rest = line.substr(kLineStart.size());
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      return rest.substr(0, i);
    }
  }
  return {};
}

bool append_line(std::string& out, const Message& m, std::string& error) {
  const std::size_t start = out.size();
  out += "{\"idem_key\":";
  const char* bad = nullptr;
  if (m.idem_key.empty() || !append_json_string(out, m.idem_key)) bad = "idem_key: empty or not UTF-8";
  if (bad == nullptr && !append_member(out, "to", m.to)) bad = "to: not UTF-8";
  if (bad == nullptr && !append_member(out, "locale", m.locale)) bad = "locale: not UTF-8";
  if (bad == nullptr && !append_member(out, "title", m.title)) bad = "title: not UTF-8";
  if (bad == nullptr && !append_member(out, "body", m.body)) bad = "body: not UTF-8";
  if (bad == nullptr && !m.body_html.empty() && !append_member(out, "body_html", m.body_html)) {
    bad = "body_html: not UTF-8";
  }
  if (bad == nullptr) {
    out += ",\"event\":";
    if (!append_json_value(out, m.data_json.empty() ? "null" : m.data_json)) bad = "data_json: not JSON";
  }
  if (bad != nullptr) {
    out.resize(start);
    error = bad;
    return false;
  }
  out += "}\n";
  return true;
}

JsonLines::JsonLines(Disk& disk, int dir, Rotate rotate, std::size_t remember)
    : disk_(disk), dir_(dir), rotate_(rotate), remember_(remember), keys_(remember, kMaxBatch) {}

std::string JsonLines::name_for(std::int64_t now_us) const {
  if (rotate_ == Rotate::never) return std::string(kStem).append(kEnding);
  using std::chrono::floor, std::chrono::days, std::chrono::microseconds;
  const std::chrono::year_month_day date(std::chrono::sys_days(floor<days>(microseconds(now_us))));
  char text[64];
  std::snprintf(text, sizeof text, "messages-%04d%02u%02u.jsonl", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::vector<std::string> JsonLines::files_newest_first() {
  std::vector<std::string> names;
  if (const int rc = disk_.list(dir_, names); rc < 0) throw_config(-rc, "listing the directory");
  std::erase_if(names, [&](const std::string& name) {
    return rotate_ == Rotate::daily ? !is_daily_name(name) : name != name_for(0);
  });
  std::sort(names.rbegin(), names.rend());
  return names;
}

void JsonLines::open(std::int64_t now_us) {
  std::vector<KeyHash> keys;  // newest first
  newest_ = name_for(now_us);
  const std::vector<std::string> names = files_newest_first();
  for (std::size_t i = 0; i < names.size() && keys.size() < remember_; ++i) read_back(names[i], i == 0, keys);
  if (!names.empty()) newest_ = std::max(newest_, names.front());
  keys.resize(std::min(keys.size(), remember_));
  std::size_t pending = 0;
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    keys_.add(*key);
    if (++pending == kMaxBatch) {
      keys_.commit();
      pending = 0;
    }
  }
  keys_.commit();
}

// Walks the file from its end, block by block, and collects keys. In the newest file also mends the end.
void JsonLines::read_back(const std::string& name, bool newest, std::vector<KeyHash>& keys) {
  const Fd file(disk_.open(dir_, name, newest ? O_RDWR : O_RDONLY));
  if (!file.open()) throw_config(-file.get(), "opening " + name);
  const std::int64_t size = disk_.size(file.get());
  if (size < 0) throw_config(static_cast<int>(-size), "reading " + name);
  std::int64_t at = size;
  std::int64_t keep = size;  // what stays of the file
  bool torn = true;          // what follows the last line end is not a line
  std::string text;          // from `at` on: the block, then the part of a line that began in it
  while (at > 0 && keys.size() < remember_) {
    const auto n = static_cast<std::size_t>(std::min<std::int64_t>(at, kBlock));
    std::string block(n, '\0');
    at -= static_cast<std::int64_t>(n);
    const std::int64_t got = disk_.read_at(file.get(), block.data(), n, at);
    if (got != static_cast<std::int64_t>(n)) throw_config(got < 0 ? static_cast<int>(-got) : EIO, "reading " + name);
    text.insert(0, block);
    if (text.size() > kMaxLine + kBlock) throw Error::config("/directory", name + " holds a line of over 64 MiB");
    std::size_t end = text.size();  // behind the line in hand
    for (;;) {
      const std::size_t before = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
      if (before == std::string::npos && at > 0) break;
      const std::size_t start = before == std::string::npos ? 0 : before + 1;
      const std::string_view line = std::string_view(text).substr(start, end - start);
      const std::int64_t place = at + static_cast<std::int64_t>(start);
      const std::string_view key = key_of_line(line);
      // A hole left by a power cut can only lie in the last batch, of which nothing was settled.
      const bool hole = line.find('\0') != std::string_view::npos && keys.size() < kMaxBatch;
      if (newest && (torn || hole)) {
        keep = place;
        keys.clear();
      } else if (key.empty() && !torn) {
        throw Error::config("/directory", name + " holds a line that is not ours, at byte " + std::to_string(place));
      } else if (!torn) {
        keys.push_back(hash_key(key));
      }
      torn = false;
      if (before == std::string::npos || keys.size() >= remember_) {
        end = 0;
        break;
      }
      end = before;
    }
    text.resize(end);
  }
  if (!newest) return;
  if (keep < size) {
    if (const int rc = disk_.truncate(file.get(), keep); rc < 0) throw_config(-rc, "mending " + name);
  }
  // The lines that count as delivered from here on may still be on their way to the disk.
  if (const int rc = disk_.sync(file.get()); rc < 0) throw_config(-rc, "syncing " + name);
}

int JsonLines::open_file(const std::string& name) {
  Fd file(disk_.open(dir_, name, O_WRONLY | O_APPEND | O_CREAT));
  if (!file.open()) return file.get();
  const std::int64_t size = disk_.size(file.get());
  if (size < 0) return static_cast<int>(size);
  // A new name has to last before lines in it are called delivered.
  if (const int rc = disk_.sync(dir_); rc < 0) return rc;
  file_ = std::move(file);
  newest_ = name;
  durable_ = size;
  return 0;
}

// Takes back what may not be durable, on a fresh descriptor.
int JsonLines::cut_back() {
  file_.reset();
  Fd file(disk_.open(dir_, newest_, O_WRONLY | O_APPEND));
  if (!file.open()) return file.get();
  if (const int rc = disk_.truncate(file.get(), durable_); rc < 0) return rc;
  if (const int rc = disk_.sync(file.get()); rc < 0) return rc;
  file_ = std::move(file);
  doubtful_ = false;
  return 0;
}

int JsonLines::ready_file(std::int64_t now_us) {
  if (doubtful_) {
    if (const int rc = cut_back(); rc < 0) return rc;
  }
  const std::string wanted = std::max(newest_, name_for(now_us));
  return file_.open() && wanted == newest_ ? 0 : open_file(wanted);
}

JsonLines::Fate JsonLines::add(const Message& message, std::uint32_t i, Delivery& delivery) {
  if (message.expires_us != 0 && delivery.now_us() >= message.expires_us) {
    delivery.settle(i, Verdict::permanent("expired before it could be written"));
    return Fate::settled;
  }
  const std::size_t start = buffer_.size();
  std::string error;
  if (!append_line(buffer_, message, error)) {
    delivery.settle(i, Verdict::permanent(error));
    return Fate::settled;
  }
  const std::string_view line(buffer_.data() + start, buffer_.size() - start - 1);
  const KeyIndex::Found found = keys_.add(hash_key(key_of_line(line)));
  if (found != KeyIndex::Found::added) buffer_.resize(start);
  delivery.begin(i);
  if (found == KeyIndex::Found::known) {
    delivery.settle(i, Verdict::delivered());
    return Fate::settled;
  }
  return found == KeyIndex::Found::pending ? Fate::repeat : Fate::written;
}

int JsonLines::write_all() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const std::int64_t n = disk_.write(file_.get(), rest);
    if (n == -EINTR) continue;
    if (n <= 0) return n == 0 ? -ENOSPC : static_cast<int>(n);
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

void JsonLines::deliver(const MessageBatch& batch, Delivery& delivery) {
  const auto settle_rest = [&](const Verdict& verdict, bool all) {
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      if (all || fates_[i] != Fate::settled) delivery.settle(i, verdict);
    }
  };
  fates_.assign(batch.size(), Fate::written);
  if (batch.size() > kMaxBatch) throw Error(VESTITEL_E_INVALID, "the batch is larger than declared");
  if (const int rc = ready_file(delivery.now_us()); rc < 0) return settle_rest(verdict_for(-rc, Stage::open), true);
  buffer_.clear();
  for (std::uint32_t i = 0; i < batch.size(); ++i) fates_[i] = add(batch[i], i, delivery);
  if (buffer_.empty()) return settle_rest(Verdict::delivered(), false);

  Stage stage = Stage::write;
  int rc = write_all();
  if (rc == 0) {
    stage = Stage::sync;
    rc = disk_.sync_data(file_.get());
  }
  if (rc == 0) {
    durable_ += static_cast<std::int64_t>(buffer_.size());
    keys_.commit();
    return settle_rest(Verdict::delivered(), false);
  }
  keys_.rollback();
  doubtful_ = true;
  const int cut = cut_back();
  // Where the lines could be taken back and the disk was merely full, nothing has happened.
  const bool clean = cut == 0 && stage == Stage::write;
  const Verdict verdict = verdict_for(-rc, stage);
  settle_rest(clean || verdict.kind() == VESTITEL_UNKNOWN ? verdict : Verdict::unknown(verdict.reason()), false);
}

// What could not be synced is taken back first: then the keys tell all that is there.
void JsonLines::ask(const Doubts& doubts, Answers& answers) {
  const int rc = doubtful_ ? cut_back() : 0;
  const auto written = [&](std::string_view key) {
    std::string quoted;  // as it stands in a line
    return append_json_string(quoted, key) &&
           keys_.has(hash_key(std::string_view(quoted).substr(1, quoted.size() - 2)));
  };
  for (std::uint32_t i = 0; i < doubts.size(); ++i) {
    if (rc < 0) {
      answers.settle(i, Verdict::unknown(verdict_for(-rc, Stage::open).reason()));
    } else if (written(doubts[i].idem_key)) {
      answers.settle(i, Verdict::delivered());
    } else {
      answers.settle(i, Verdict::retry("it has not been written"));
    }
  }
}

}  // namespace vestitel::file_sink
