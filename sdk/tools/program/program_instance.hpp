// One instance of a program's plugin, with the table that a library would give.
#pragma once
#include <vestitel/abi.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "sdk/tools/program/program_process.hpp"

namespace vestitel {

class ProgramInstance {
 public:
  // Starts a process for it. `host` outlives the instance.
  static Result<std::unique_ptr<ProgramInstance>> create(const std::string& path, std::string_view plugin,
                                                         const vestitel_host* host);
  ProgramInstance(const ProgramInstance&) = delete;
  ProgramInstance& operator=(const ProgramInstance&) = delete;

  [[nodiscard]] vestitel_plugin* abi() { return &abi_; }  // its destroy deletes this object

 private:
  explicit ProgramInstance(const vestitel_host* host);
  struct Calls;
  friend struct Calls;

  [[nodiscard]] std::uint32_t granted() const;
  void fill_tables();
  const void* extension(std::string_view id) const;
  vestitel_rc call(wire::Type type, std::string_view payload, vestitel_error* error);
  vestitel_rc parse(const vestitel_document& document, const vestitel_input& input, vestitel_error* error);
  // Of messages or doubts: one flat batch, which is the whole payload.
  template <class Batch>
  vestitel_rc call_with(wire::Type type, const Batch& batch, vestitel_error* error);

  // What the program asks for.
  Result<> serve(const wire::Frame& frame, ProgramProcess& program);
  Result<> emit(const wire::Frame& frame, ProgramProcess& program);
  Result<> emitting(const wire::Frame& frame, ProgramProcess& program);
  Result<> read(const wire::Frame& frame, ProgramProcess& program);
  Result<> delivering(const wire::Frame& frame);
  Result<> log(const wire::Frame& frame);
  Result<> secret(const wire::Frame& frame, ProgramProcess& program);
  Result<> withheld(const wire::Frame& frame, ProgramProcess& program);

  template <class Table>
  const Table* service(const char* id) const {
    return static_cast<const Table*>(host_->get_service(host_, id));
  }

  const vestitel_host* const host_;
  vestitel_plugin abi_{};
  vestitel_parse_v1 parse_{};
  vestitel_poll_v1 poll_{};
  vestitel_deliver_v1 deliver_{};
  vestitel_ask_v1 ask_{};
  std::mutex mutex_;
  const vestitel_input* input_ = nullptr;  // under mutex_: of the parse that runs
  std::unique_ptr<ProgramProcess> process_;
};

}  // namespace vestitel
