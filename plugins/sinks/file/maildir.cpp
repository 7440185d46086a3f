#include "plugins/sinks/file/maildir.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "plugins/sinks/file/file_verdict.hpp"

namespace vestitel::file_sink {
namespace {

constexpr std::string_view kDigestHeader = "X-Vestitel-Digest: ";
constexpr std::string_view kNamePrefix = "vestitel.";

// Stands for everything that a reader sees, except the date.
std::string digest_of(const Message& m) {
  std::string all;
  for (const std::string_view part : {m.to, m.locale, m.title, m.body, m.body_html}) {
    all.append(std::to_string(part.size())).append(":").append(part);
  }
  return mail::opaque_id(all);
}

std::string with_lf(std::string_view wire) {
  std::string out;
  out.reserve(wire.size());
  std::copy_if(wire.begin(), wire.end(), std::back_inserter(out), [](char c) { return c != '\r'; });
  return out;
}

}  // namespace

Maildir::Maildir(Disk& disk, int dir, mail::MailMaker maker, std::size_t remember)
    : disk_(disk), dir_(dir), maker_(std::move(maker)), names_(remember, kMaxBatch) {}

void Maildir::open(std::int64_t) {
  std::vector<std::string> read;
  for (const char* name : {"tmp", "new", "cur"}) {
    if (const int rc = disk_.make_directory(dir_, name); rc < 0) throw_config(-rc, std::string("making ") + name);
    Fd folder(disk_.open_directory(dir_, name));
    if (!folder.open()) throw_config(-folder.get(), std::string("opening ") + name);
    if (*name == 't')
      tmp_ = std::move(folder);
    else if (*name == 'n')
      new_ = std::move(folder);
    else if (const int rc = disk_.list(folder.get(), read); rc < 0)
      throw_config(-rc, "listing cur");
  }
  if (const int rc = disk_.sync(dir_); rc < 0) throw_config(-rc, "syncing the directory");
  std::size_t pending = 0;
  for (const std::string& name : read) {
    if (!name.starts_with(kNamePrefix)) continue;
    names_.add(hash_key(std::string_view(name).substr(0, name.find(':'))));  // behind the colon: flags
    if (++pending % kMaxBatch == 0) names_.commit();
  }
  names_.commit();
  // A file that was linked but whose folder was not synced counts as delivered from here on.
  if (const int rc = disk_.sync(new_.get()); rc < 0) throw_config(-rc, "syncing new");
}

int Maildir::write_tmp(const std::string& name, const std::string& content) {
  int opened = disk_.open(tmp_.get(), name, O_WRONLY | O_CREAT | O_EXCL);
  if (opened == -EEXIST) {  // left by a crash; nobody else writes this name
    if (const int rc = disk_.unlink(tmp_.get(), name); rc < 0) return rc;
    opened = disk_.open(tmp_.get(), name, O_WRONLY | O_CREAT | O_EXCL);
  }
  const Fd file(opened);
  if (!file.open()) return opened;
  std::string_view rest = content;
  while (!rest.empty()) {
    const std::int64_t n = disk_.write(file.get(), rest);
    if (n == -EINTR) continue;
    if (n <= 0) return n == 0 ? -ENOSPC : static_cast<int>(n);
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return disk_.sync(file.get());
}

Maildir::Written Maildir::compare(const std::string& name, std::string_view digest, int& error) {
  const Fd file(disk_.open(new_.get(), name, O_RDONLY));
  if (!file.open()) {
    error = file.get();
    return error == -ENOENT ? Written::known : Written::failed;  // a mail program has taken it meanwhile
  }
  std::array<char, 128> head{};
  const std::int64_t n = disk_.read_at(file.get(), head.data(), head.size(), 0);
  const std::string wanted = std::string(kDigestHeader).append(digest) + "\n";
  if (n < 0) {
    error = static_cast<int>(n);
    return Written::failed;
  }
  return std::string_view(head.data(), static_cast<std::size_t>(n)).starts_with(wanted) ? Written::known
                                                                                        : Written::other_content;
}

// Nothing can be seen before link(): what fails earlier has not happened.
Maildir::Written Maildir::put(const std::string& name, const std::string& content, std::string_view digest,
                              int& error) {
  error = write_tmp(name, content);
  if (error == 0) error = disk_.link(tmp_.get(), name, new_.get(), name);
  disk_.unlink(tmp_.get(), name);
  if (error == -EEXIST) return compare(name, digest, error);
  return error < 0 ? Written::failed : Written::done;
}

void Maildir::one(const Message& message, std::uint32_t i, Delivery& delivery) {
  if (delivery.cancelled()) return delivery.settle(i, Verdict::retry("stopped before it was written"));
  if (message.expires_us != 0 && delivery.now_us() >= message.expires_us) {
    return delivery.settle(i, Verdict::permanent("expired before it could be written"));
  }
  const auto made =
      maker_.make({message.to, message.title, message.body, message.body_html, message.idem_key, message.locale},
                  delivery.now_us());
  if (!made) return delivery.settle(i, Verdict::permanent(made.error));
  const std::string name = std::string(kNamePrefix) + made.value->id;
  const std::string digest = digest_of(message);
  const KeyHash key = hash_key(name);
  int error = 0;
  delivery.begin(i);
  const std::string content = std::string(kDigestHeader) + digest + "\n" + with_lf(made.value->wire);
  const Written written = names_.has(key) ? compare(name, digest, error) : put(name, content, digest, error);
  switch (written) {
    case Written::done:
    case Written::known: waiting_.push_back({i, key}); return;
    case Written::other_content:
      return delivery.settle(i, Verdict::permanent("the same key came with another content before"));
    case Written::failed: break;
  }
  // Bytes in tmp/ take no effect, so even a failed sync there leaves no doubt: it has not been delivered.
  delivery.settle(i, verdict_for(-error, Stage::open));
}

void Maildir::deliver(const MessageBatch& batch, Delivery& delivery) {
  if (batch.size() > kMaxBatch) throw Error(VESTITEL_E_INVALID, "the batch is larger than declared");
  waiting_.clear();
  for (std::uint32_t i = 0; i < batch.size(); ++i) one(batch[i], i, delivery);
  if (waiting_.empty()) return;
  const int rc = disk_.sync(new_.get());
  const Verdict verdict = rc < 0 ? verdict_for(-rc, Stage::sync) : Verdict::delivered();
  for (const Waiting& w : waiting_) {
    if (rc == 0) names_.add(w.name);
    delivery.settle(w.number, verdict);
  }
  names_.commit();
}

// What was linked before the sync failed may have been moved to cur/ by now: both folders are looked through.
void Maildir::ask(const Doubts& doubts, Answers& answers) {
  std::vector<std::string> there;
  int rc = disk_.sync(new_.get());
  const Fd cur(disk_.open_directory(dir_, "cur"));
  if (rc == 0) rc = disk_.list(new_.get(), there);  // first: what is moved meanwhile is found in one of the two
  if (rc >= 0) rc = cur.open() ? disk_.list(cur.get(), there) : cur.get();
  for (std::string& name : there) name.resize(std::min(name.find(':'), name.size()));
  std::sort(there.begin(), there.end());
  for (std::uint32_t i = 0; i < doubts.size(); ++i) {
    const std::string name = std::string(kNamePrefix) + mail::opaque_id(doubts[i].idem_key);
    if (names_.has(hash_key(name))) {
      answers.settle(i, Verdict::delivered());
    } else if (rc < 0) {
      answers.settle(i, Verdict::unknown(verdict_for(-rc, Stage::open).reason()));
    } else if (std::binary_search(there.begin(), there.end(), name)) {
      answers.settle(i, Verdict::delivered());
    } else {
      answers.settle(i, Verdict::retry("it has not been written"));
    }
  }
}

}  // namespace vestitel::file_sink
