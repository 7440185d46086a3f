#include "sdk/tools/measure.hpp"

#include <algorithm>
#include <vector>

#include "sdk/tools/run_child.hpp"
#include "sdk/tools/runner_home.hpp"

namespace vestitel {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kMostLaps = 1UL << 20;

double micros(Steady::duration d) { return std::chrono::duration<double, std::micro>(d).count(); }

// Times of batches. When there are more than fit, every second one is dropped and then only every second one kept.
class Laps {
 public:
  void add(Steady::duration lap) {
    if (seen_++ % keep_ != 0) return;
    laps_.push_back(static_cast<float>(micros(lap)));
    if (laps_.size() < kMostLaps) return;
    for (std::size_t i = 0; i < laps_.size() / 2; ++i) laps_[i] = laps_[2 * i];
    laps_.resize(laps_.size() / 2);
    keep_ *= 2;
  }
  double at(double share) {
    if (laps_.empty()) return 0;
    const auto place = laps_.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(laps_.size() - 1));
    std::nth_element(laps_.begin(), place, laps_.end());
    return *place;
  }

 private:
  std::vector<float> laps_;
  std::uint64_t seen_ = 0, keep_ = 1;
};

struct Bench {
  Measured result;
  Laps laps;
  ChildProgress& progress;
  Steady::time_point mark = Steady::now();

  void batch(std::size_t items) {
    const auto now = Steady::now();
    laps.add(now - mark);
    mark = now;
    result.items += items;
    ++result.batches;
    progress.tick();
  }
};

// Counts and lets go. A feed's cursor is kept.
class Counting final : public FeedReceiver {
 public:
  explicit Counting(Bench& bench) : bench_(bench) {}
  Result<> receive(EventBatch batch) override { return bench_.batch(batch.items.size()), Done{}; }
  Result<> complete(std::string_view) override { return Done{}; }
  Result<> commit(std::string_view cursor) override { return cursor_ = cursor, Done{}; }
  std::string cursor_;

 private:
  Bench& bench_;
};

class Counted final : public SettleReceiver {
 public:
  void begin(std::size_t) override {}
  void settle(std::size_t, const Verdict&) override { ++settled; }
  std::size_t settled = 0;
};

// Each does the work once; an error ends the measurement.
Result<> read_once(Reader& reader, const DocumentArrival& document, const MeasureRequest& request, Bench& bench) {
  Counting counting(bench);
  TriedBytes bytes(request.input, {}, bench.progress);
  if (auto failure = reader.parse(document, bytes, counting)) return failure->error.during("parsing");
  bench.result.bytes += request.input.size();
  return Done{};
}

Result<> poll_once(Feed& feed, std::size_t most, Bench& bench) {
  Counting counting(bench);
  for (bool more = true; more;) {
    const std::string cursor = counting.cursor_;
    const auto answer = feed.poll(cursor, static_cast<std::uint32_t>(most), counting);
    if (!answer) return answer.error().during("polling");
    more = answer->more && counting.cursor_ != cursor;
  }
  return Done{};
}

Result<> deliver_once(Sink& sink, std::span<const Message> messages, std::size_t most, Bench& bench) {
  for (std::size_t from = 0; from < messages.size(); from += most) {
    Counted counted;
    const auto some = messages.subspan(from, std::min(most, messages.size() - from));
    if (auto done = sink.deliver(some, counted); !done) return done.error().during("delivering");
    if (counted.settled != some.size()) return {Failure::kInvalid, "delivering: not every message was settled"};
    bench.batch(some.size());
  }
  return Done{};
}

// The messages of the input, repeated until they fill a batch, each with a key of its own.
Result<std::vector<Message>> fill_batch(std::string_view input, std::size_t batch) {
  auto messages = read_messages(input);
  if (!messages || messages->empty()) return messages;
  const std::size_t given = messages->size();
  while (messages->size() < batch) messages->push_back((*messages)[messages->size() % given]);
  for (std::size_t i = 0; i < messages->size(); ++i) {
    const std::string number = std::to_string(i);
    (*messages)[i].idem_key = std::string(32 - number.size(), '0') + number;
  }
  return messages;
}

// Repeats `once` for the time that was asked for, after one round that warms up.
template <class Once>
Result<> repeat(const MeasureRequest& request, Bench& bench, Once&& once) {
  if (auto warm = once(); !warm) return warm;
  bench.result.items = bench.result.batches = bench.result.bytes = 0;
  bench.laps = {};
  const auto begin = Steady::now();
  const std::chrono::duration<double> whole(request.seconds);
  while (Steady::now() - begin < whole) {
    bench.mark = Steady::now();
    if (auto done = once(); !done) return done;
  }
  bench.result.seconds = micros(Steady::now() - begin) / 1e6;
  return Done{};
}

Result<> measure_in(PluginInstance& instance, const MeasureRequest& request, const TryOptions& options,
                    const Clock& clock, Bench& bench) {
  if (Reader* reader = instance.reader(); reader != nullptr && !request.file.empty()) {
    DocumentArrival document = arrival_of(request.file, options, clock.now());
    document.size = request.input.size();
    bench.progress.doing = Doing::kParsing;
    return repeat(request, bench, [&] { return read_once(*reader, document, request, bench); });
  }
  if (Sink* sink = instance.sink(); sink != nullptr && !request.file.empty()) {
    const auto messages = fill_batch(request.input, request.batch);
    if (!messages) return messages.error();
    bench.result.what = "messages";
    bench.progress.doing = Doing::kDelivering;
    const std::size_t most = std::min(request.batch, std::max<std::size_t>(sink->limits().max_batch, 1));
    return repeat(request, bench, [&] { return deliver_once(*sink, *messages, most, bench); });
  }
  Feed* feed = instance.feed();
  if (feed == nullptr) return {Failure::kInvalid, "a reader or a sink needs a file to be measured on"};
  bench.progress.doing = Doing::kPolling;
  return repeat(request, bench, [&] { return poll_once(*feed, request.batch, bench); });
}

}  // namespace

std::vector<const TryHome*> bench_homes() {
  std::vector<const TryHome*> homes{&in_process_home()};
  if (const TryHome* runner = runner_home(); runner != nullptr) homes.push_back(runner);
  return homes;
}

Result<Measured> measure(const MeasureRequest& request, const TryOptions& options, ChildProgress& progress) {
  const SystemClock clock;
  const auto instance = start_instance(request.home, request.target, clock, progress);
  if (!instance) return instance.error();
  Bench bench{{}, {}, progress};
  bench.result.home = request.home.name;
  bench.result.what = "events";
  bench.result.batch = request.batch;
  if (auto done = measure_in(**instance, request, options, clock, bench); !done) return done.error();
  bench.result.p50_us = bench.laps.at(0.5);
  bench.result.p99_us = bench.laps.at(0.99);
  return bench.result;
}

}  // namespace vestitel
