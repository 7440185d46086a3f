// One POST: where it goes, what it carries and who may believe it.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <vestitel/http.hpp>

#include "plugins/sinks/webhook/signature.hpp"
#include "plugins/sinks/webhook/verdicts.hpp"

namespace vestitel::webhook {

// An event that is ready, and the message that it tells.
struct Ready {
  std::uint32_t message = 0;
  std::string id, json, url;
  std::chrono::milliseconds patience{};  // what is left until the send has to be over
};

// What all POSTs of an instance have in common.
struct Endpoint {
  Owner owner = Owner::sink;
  bool batched = false;  // CloudEvents' batched mode: an array, also of one
  std::string token;     // "": no Authorization
  bool client_certificate = false;
};

struct Post {
  std::string id;  // the webhook-id
  std::vector<Ready> events;
  HttpRequest request;
};

// `events` is not empty, and all go to the URL of the first. A POST of one event has its id, so that a repeat has it
// too; one of several has theirs together. It may be sent again on a connection that had died: the id tells.
Post make_post(const Endpoint& endpoint, const Signer& signer, std::vector<Ready> events, std::int64_t now_us);

// Into POSTs of at most `most` events and 512 KiB, in their order; a larger event goes alone.
std::vector<std::vector<Ready>> grouped(std::vector<Ready> events, std::size_t most);

}  // namespace vestitel::webhook
