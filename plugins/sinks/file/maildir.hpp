// Maildir: one file a message in new/, readable by any mail program. Written in tmp/, synced, linked into new/ under a
// name made of the idempotency key, so that a repeat cannot make a second file; `delivered` after one sync of new/ a
// batch. A repeat of a key with another content is refused: one of the two would be lost.
#pragma once
#include <string>
#include <vector>

#include "plugins/sinks/common/mail.hpp"
#include "plugins/sinks/file/key_index.hpp"
#include "plugins/sinks/file/writer.hpp"

namespace vestitel::file_sink {

class Maildir final : public Writer {
 public:
  // Borrows the disk. `dir`: descriptor of the directory, which outlives this.
  Maildir(Disk& disk, int dir, mail::MailMaker maker, std::size_t remember);

  void open(std::int64_t now_us) override;
  void deliver(const MessageBatch& batch, Delivery& delivery) override;
  void ask(const Doubts& doubts, Answers& answers) override;

 private:
  enum class Written { done, known, other_content, failed };
  Written put(const std::string& name, const std::string& content, std::string_view digest, int& error);
  int write_tmp(const std::string& name, const std::string& content);
  Written compare(const std::string& name, std::string_view digest, int& error);
  void one(const Message& message, std::uint32_t i, Delivery& delivery);

  struct Waiting {
    std::uint32_t number;
    KeyHash name;
  };

  Disk& disk_;
  const int dir_;
  mail::MailMaker maker_;
  KeyIndex names_;  // files in cur/ at the start, and those of this run, wherever a mail program moved them
  Fd tmp_, new_;
  std::vector<Waiting> waiting_;  // linked in the running batch, not yet synced
};

}  // namespace vestitel::file_sink
