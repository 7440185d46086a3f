#include "sdk/tools/check/stage.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "core/base/owned_fd.hpp"
#include "sdk/tools/check/peer.hpp"

namespace vestitel::check {
namespace {

using Json = nlohmann::json;

Json parsed(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_object() ? json : Json::object();
}

const Json* member(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

Json property_map(const Subject& subject) {
  const Json schema = parsed(subject.described.schema_json);
  const Json* all = member(schema, "properties");
  return all != nullptr && all->is_object() ? *all : Json::object();
}

bool is_secret(const Json& property) {
  const Json* mark = property.is_object() ? member(property, "x-secret") : nullptr;
  return mark != nullptr && *mark == true;
}

// "${stub.port}" alone becomes a number; within a longer text, its digits.
Json filled(const Json& value, const std::map<std::string, Json>& places) {
  if (value.is_object() || value.is_array()) {
    Json out = value;
    for (auto& one : out) one = filled(one, places);
    return out;
  }
  if (!value.is_string()) return value;
  auto text = value.get<std::string>();
  if (const auto whole = places.find(text); whole != places.end()) return whole->second;
  for (const auto& [place, with] : places) {
    const std::string put = with.is_string() ? with.get<std::string>() : with.dump();
    for (std::size_t at = 0; (at = text.find(place, at)) != std::string::npos; at += put.size())
      text.replace(at, place.size(), put);
  }
  return text;
}

std::map<std::string, Json> places_of(const Trial& trial, const Peer* peer) {
  std::map<std::string, Json> places = {{"${folder}", trial.scratch}, {"${samples}", trial.subject.samples_folder}};
  if (peer == nullptr) return places;
  places["${stub}"] = "127.0.0.1:" + std::to_string(peer->port());
  places["${stub.host}"] = "127.0.0.1";
  places["${stub.port}"] = peer->port();
  places["${closed.port}"] = peer->closed_port();
  return places;
}

// Defaults of what is not set, and examples of what is required and has no default.
void complete(Json& settings, const Subject& subject, bool with_examples) {
  const Json schema = parsed(subject.described.schema_json);
  const Json* required = member(schema, "required");
  const Json all_properties = property_map(subject);
  for (const auto& [name, property] : all_properties.items()) {
    if (settings.contains(name) || is_secret(property) || !property.is_object()) continue;
    if (const Json* fallback = member(property, "default")) {
      settings[name] = *fallback;
    } else if (with_examples && required != nullptr &&
               std::find(required->begin(), required->end(), Json(name)) != required->end()) {
      const Json* examples = member(property, "examples");
      if (examples != nullptr && examples->is_array() && !examples->empty()) settings[name] = examples->front();
    }
  }
}

}  // namespace

std::vector<Property> properties(const Subject& subject) {
  std::vector<Property> all;
  const Json schema = parsed(subject.described.schema_json);
  const Json* required = member(schema, "required");
  const Json all_properties = property_map(subject);
  for (const auto& [name, property] : all_properties.items()) {
    Property one;
    one.name = name;
    if (property.is_object()) {
      one.type = property.value("type", Json()).is_string() ? property["type"].get<std::string>() : "";
      one.description =
          property.value("description", Json()).is_string() ? property["description"].get<std::string>() : "";
    }
    one.secret = is_secret(property);
    one.required = required != nullptr && required->is_array() &&
                   std::find(required->begin(), required->end(), Json(name)) != required->end();
    all.push_back(std::move(one));
  }
  return all;
}

Peer* standing_peer(const Trial& trial) {
  static const auto peer =
      trial.subject.spec.peer.kind.empty() ? std::unique_ptr<Peer>() : Peer::start(trial.subject.spec.peer.kind);
  return peer.get();
}

std::string settings_for(const Trial& trial, const std::string& over) {
  Json settings = parsed(trial.subject.settings);
  const Json laid_over = parsed(over);
  for (const auto& [key, value] : laid_over.items()) settings[key] = value;
  settings = filled(settings, places_of(trial, standing_peer(trial)));
  complete(settings, trial.subject, trial.subject.settings.empty());
  for (const Property& property : properties(trial.subject))
    if (property.secret) settings.erase(property.name);
  return settings.dump();
}

std::string with_key(const std::string& settings, const std::string& key, const std::string& value_json) {
  Json json = parsed(settings);
  if (value_json.empty()) {
    json.erase(key);
  } else {
    json[key] = Json::parse(value_json, nullptr, false);
  }
  return json.dump();
}

std::map<std::string, std::string> secrets_for(const Trial& trial) {
  std::map<std::string, std::string> all;
  for (const Property& property : properties(trial.subject)) {
    if (!property.secret) continue;
    const auto given = trial.subject.spec.secrets.find(property.name);
    all[property.name] = given != trial.subject.spec.secrets.end() ? given->second : "kit-secret-" + property.name;
  }
  return all;
}

bool lacks_service(const Rig& rig, std::string& which) {
  for (const std::string& id : rig.asked) {
    if (id.rfind("vestitel.", 0) != 0 || rig.withheld.count(id) != 0) continue;
    if (id == "vestitel.emit/1" || id == "vestitel.delivery/1" || id == "vestitel.log/1" || id == "vestitel.secret/1" ||
        rig.serves(id))
      continue;
    which = id;
    return true;
  }
  return false;
}

bool begin(Trial& trial, Rig& rig, const std::string& settings) {
  if (rig.secrets.empty()) rig.secrets = secrets_for(trial);
  Called called = rig.create();
  if (called.ok() && rig.alive()) called = rig.configure(settings);
  if (called.ok() && rig.alive()) called = rig.start();
  if (called.ok() && rig.alive()) return true;
  std::string which;
  if (lacks_service(rig, which)) return trial.skip("it asks for " + which + ", which this kit does not serve yet");
  return trial.skip("no instance of it starts here (checks 31 and 36): " + called.text());
}

bool begin(Trial& trial, Rig& rig) { return begin(trial, rig, settings_for(trial)); }

void end(Rig& rig) {
  if (rig.alive()) rig.stop(rig.now() + 1'000'000);
  rig.destroy();
}

std::vector<const Sample*> samples_of(const Trial& trial) {
  static const Sample empty;
  std::vector<const Sample*> all;
  for (const Sample& sample : trial.subject.samples) all.push_back(&sample);
  if (all.empty()) all.push_back(&empty);
  return all;
}

bool needs_sample(Trial& trial) {
  return !trial.subject.samples.empty() || trial.skip("no sample is given: put a document into samples/");
}

std::vector<Message> messages_for(const Trial& trial, std::size_t n, const std::string& mark) {
  std::vector<Message> all;
  for (std::size_t i = 0; i < n; ++i) {
    const std::string name = mark + std::to_string(i);
    Message m;
    m.id = "delivery-" + name;
    m.to = trial.subject.spec.peer.to;
    m.title = "Title " + name;
    m.body = "Body of " + name + ".\n";
    m.data_json = "{\"type\":\"kit\"}";
    m.idem_key = "key-" + name;
    m.channel = trial.subject.spec.peer.channel;
    all.push_back(std::move(m));
  }
  return all;
}

namespace {

void parse_samples(Trial& trial, Rig& rig, Work& done) {
  for (const Sample* sample : samples_of(trial)) {
    const Yield yield = rig.parse(*sample);
    done.text += sample->name + "\n" + yield.whole();
    if (done.problem.empty()) done.problem = yield.problem;
    done.calls.push_back(yield.call);
  }
}

void poll_all(Rig& rig, Work& done) {
  std::string cursor;
  for (int i = 0; i < 50; ++i) {
    const Yield yield = rig.poll(cursor, 100);
    done.text += yield.whole();
    if (done.problem.empty()) done.problem = yield.problem;
    done.calls.push_back(yield.call);
    if (!yield.units.empty()) cursor = yield.units.back().cursor;
    if (yield.call.rc != VESTITEL_MORE) return;
  }
}

void deliver_some(Trial& trial, Rig& rig, Work& done) {
  const Delivered delivered = rig.deliver(messages_for(trial, 3));
  done.calls.push_back(delivered.call);
  if (done.problem.empty()) done.problem = delivered.problem;
  done.text += name_of_rc(delivered.call.rc) + "\n";
  // A provider's id is new each time; what kind of verdict it is, is not.
  for (const Answer& answer : delivered.answers) done.text += answer.text().substr(0, answer.text().find('(')) + "\n";
}

}  // namespace

Work work(Trial& trial, Rig& rig) {
  Work done;
  const unsigned kind = trial.subject.described.kind;
  if ((kind & kReader) != 0) parse_samples(trial, rig, done);
  if ((kind & kFeed) != 0) poll_all(rig, done);
  if ((kind & kSink) != 0) deliver_some(trial, rig, done);
  return done;
}

bool write_private(const std::string& path, const std::string& bytes) {
  const OwnedFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700));
  if (fd && ::fchmod(fd.get(), 0755) != 0) return false;
  std::size_t at = 0;
  while (fd && at < bytes.size()) {
    const auto n = ::write(fd.get(), bytes.data() + at, bytes.size() - at);
    if (n <= 0) return false;
    at += static_cast<std::size_t>(n);
  }
  return static_cast<bool>(fd);
}

bool apart(Trial&, const std::function<std::string()>& body, std::string& text) {
  int ends[2];
  if (::pipe(ends) != 0) return false;
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(ends[0]);
    const std::string said = body();
    for (std::size_t at = 0; at < said.size();) {
      const auto n = ::write(ends[1], said.data() + at, said.size() - at);
      if (n <= 0) ::_exit(1);
      at += static_cast<std::size_t>(n);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  text.clear();
  char buffer[65536];
  for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace vestitel::check
