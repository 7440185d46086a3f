// A small workload for the power-loss rig, right in one way and wrong in each way that the rig must notice.
//
//   powerloss_writer sqlite DIR full|normal N [early]       N transactions of two rows each; early: ack before commit
//   powerloss_writer move DIR synced|unsynced N             N files written, synced, moved from in/ to done/
//   powerloss_writer stray DIR mmap|stdio                   changes that the shim refuses or cannot see
//
// It acks each transaction or file by its number and ends without closing anything.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/fault/powerloss/ack.hpp"

namespace {

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "powerloss_writer: %s\n", what.c_str());
  std::_Exit(1);
}

void must(bool ok, const std::string& what) {
  if (!ok) fail(what);
}

void run(sqlite3* db, const std::string& sql) {
  must(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK, sql + ": " + sqlite3_errmsg(db));
}

void write_rows(const std::string& dir, const std::string& synchronous, int count, bool early) {
  sqlite3* db = nullptr;
  must(sqlite3_open((dir + "/test.db").c_str(), &db) == SQLITE_OK, "opening the database");
  run(db, "PRAGMA journal_mode=wal; PRAGMA synchronous=" + synchronous + "; PRAGMA wal_autocheckpoint=100;");
  run(db, "CREATE TABLE pair(n INTEGER, half TEXT, filler BLOB)");
  for (int n = 1; n <= count; ++n) {
    const std::string number = std::to_string(n);
    run(db, "BEGIN IMMEDIATE");
    run(db, "INSERT INTO pair VALUES(" + number + ", 'left', randomblob(300))");
    run(db, "INSERT INTO pair VALUES(" + number + ", 'right', randomblob(300))");
    if (early) vestitel::test::powerloss_ack(number);
    run(db, "COMMIT");
    if (!early) vestitel::test::powerloss_ack(number);
  }
}

void sync_folder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  must(fd >= 0 && ::fsync(fd) == 0, "syncing a folder");
  ::close(fd);
}

void move_files(const std::string& dir, bool synced, int count) {
  const std::string in = dir + "/in/", done = dir + "/done/";
  for (int n = 1; n <= count; ++n) {
    const std::string number = std::to_string(n), from = in + number, to = done + number;
    const int fd = ::open(from.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    must(fd >= 0, "creating a file");
    must(::write(fd, number.data(), number.size()) == static_cast<ssize_t>(number.size()), "writing");
    must(::fsync(fd) == 0, "syncing a file");
    ::close(fd);
    must(std::rename(from.c_str(), to.c_str()) == 0, "moving a file");
    if (synced) sync_folder(dir + "/done");
    vestitel::test::powerloss_ack(number);
  }
}

void stray(const std::string& dir, const std::string& how) {
  if (how == "stdio") {
    std::FILE* file = std::fopen((dir + "/stray").c_str(), "w");
    must(file != nullptr && std::fputs("unseen", file) >= 0 && std::fflush(file) == 0, "writing by stdio");
    must(::fsync(::fileno(file)) == 0, "syncing");
    return;
  }
  const int fd = ::open((dir + "/mapped").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  must(fd >= 0 && ::ftruncate(fd, 4096) == 0 && ::fsync(fd) == 0, "making a file");
  must(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED, "a mapping was let through");
}

}  // namespace

int main(int argc, char** argv) {
  must(argc >= 4, "usage: see the head of the source");
  const std::string what = argv[1], dir = argv[2], how = argv[3];
  const int count = argc > 4 ? std::atoi(argv[4]) : 0;
  if (what == "sqlite") write_rows(dir, how, count, argc > 5 && std::string(argv[5]) == "early");
  if (what == "move") move_files(dir, how == "synced", count);
  if (what == "stray") stray(dir, how);
  std::_Exit(0);
}
