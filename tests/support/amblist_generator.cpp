#include "tests/support/amblist_generator.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include <vestitel/identifiers.hpp>

namespace vestitel::testing {
namespace {

constexpr std::int64_t kFirstDay = days_from_epoch({1800, 1, 1});
constexpr std::uint64_t kDays = static_cast<std::uint64_t>(days_from_epoch({1900, 1, 1}) - kFirstDay);

constexpr const char* kGiven[] = {"Образец", "Пример", "Модел", "Проба", "Тест", "Макет"};
constexpr const char* kFamily[] = {"Тестов", "Примеров", "Образцов", "Пробов", "Макетов", "Моделов"};
struct Diagnosis {
  const char *code, *name;
};
constexpr Diagnosis kDiagnoses[] = {{"I10", "Есенциална (първична) хипертония"},
                                    {"E11.9", "Неинсулинозависим захарен диабет без усложнения"},
                                    {"M54.5", "Болка ниско в кръста"},
                                    {"J06.9", "Остра инфекция на горните дихателни пътища, неуточнена"},
                                    {"H52.1", "Миопия"}};
constexpr const char* kAnamnesa =
    "Оплаква се от главоболие и лесна умора от около две седмици. Приема редовно назначената терапия, без "
    "нежелани реакции &amp; без пропуски. Минали заболявания: отрича.";
constexpr const char* kState =
    "Общо състояние: добро. RR 140/85 mmHg, пулс 72/мин, ритмична сърдечна дейност, чисто везикуларно дишане.";

void two_digits(std::string& out, int n) {
  out += static_cast<char>('0' + n / 10);
  out += static_cast<char>('0' + n % 10);
}

std::string iso(int year, int month, int day) {
  std::string out = std::to_string(year) + "-";
  two_digits(out, month);
  out += '-';
  two_digits(out, day);
  return out;
}

// Twelve characters, distinct for each ordinal: year, month, a letter, the ordinal to the base of 36.
std::string national_number(int year, int month, char letter, std::uint64_t ordinal) {
  std::string out;
  two_digits(out, year % 100);
  two_digits(out, month);
  out += letter;
  char digits[7];
  for (char& digit : digits) {
    const auto d = static_cast<char>(ordinal % 36);
    digit = static_cast<char>(d < 10 ? '0' + d : 'A' + d - 10);
    ordinal /= 36;
  }
  std::reverse(digits, digits + sizeof digits);
  return out.append(digits, sizeof digits);
}

}  // namespace

std::string person_egn(std::uint64_t i) {
  const Date birth = date_from_days(kFirstDay + static_cast<std::int64_t>(i % kDays));
  const int serial = static_cast<int>(i / kDays % 1000);
  std::string egn;
  two_digits(egn, birth.year % 100);
  two_digits(egn, birth.month + 20);
  two_digits(egn, birth.day);
  two_digits(egn, serial / 10);
  egn += static_cast<char>('0' + serial % 10);
  constexpr int kWeights[] = {2, 4, 8, 5, 10, 9, 7, 3, 6};
  int sum = 0;
  for (std::size_t d = 0; d < 9; ++d) sum += (egn[d] - '0') * kWeights[d];
  egn += static_cast<char>('0' + sum % 11 % 10);
  return egn;
}

AmblistGenerator::AmblistGenerator(AmblistOptions options)
    : options_(std::move(options)), state_(options_.seed * 2654435761u + 1) {}

// splitmix64: small, fast and the same everywhere.
std::uint64_t AmblistGenerator::random(std::uint64_t below) {
  std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return (z ^ (z >> 31)) % below;
}

std::size_t AmblistGenerator::read(char* into, std::size_t cap) {
  std::size_t n = 0;
  while (n < cap) {
    if (taken_ == buffer_.size()) refill();
    if (taken_ == buffer_.size()) break;
    const std::size_t part = std::min(cap - n, buffer_.size() - taken_);
    std::memcpy(into + n, buffer_.data() + taken_, part);
    n += part;
    taken_ += part;
  }
  return n;
}

void AmblistGenerator::refill() {
  buffer_.clear();
  taken_ = 0;
  if (ended_) return;
  if (!begun_) return head();
  if (next_doctor_ < options_.doctors && next_sheet_ >= options_.sheets * next_doctor_ / options_.doctors) {
    if (next_doctor_ > 0) buffer_ += "  </Doctor>\n";
    return doctor(next_doctor_++);
  }
  if (next_sheet_ < options_.sheets) return sheet();
  buffer_ = options_.doctors > 0 ? "  </Doctor>\n</Practice>\n" : "</Practice>\n";
  ended_ = true;
}

void AmblistGenerator::leaf(const char* name, std::string_view value) {
  buffer_.append("<").append(name).append(">").append(value).append("</").append(name).append(">\n");
}

void AmblistGenerator::head() {
  begun_ = true;
  buffer_ = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Practice>\n";
  leaf("PracticeCode", options_.practice_code);
  leaf("PracticeName", "МЦ Пример 1 ЕООД");
  leaf("ContractNo", "229901");
  leaf("DateFrom", iso(options_.year, options_.month, 1));
  leaf("DateTo", iso(options_.year, options_.month, days_in_month(options_.year, options_.month)));
  leaf("ContrHA", "0");
}

void AmblistGenerator::doctor(std::uint32_t number) {
  buffer_ += "  <Doctor>\n";
  std::string serial = std::to_string(100'000 + number);
  leaf("UIN", "2299" + serial);
  leaf("EGN", "9932319981");
  leaf("FullName", std::string("Доктор ") + kFamily[number % 6]);
  leaf("SIMPCode", "08");
}

void AmblistGenerator::sheet() {
  const std::uint64_t i = next_sheet_++;
  std::string egn = person_egn(random(options_.persons));
  const int day =
      1 + static_cast<int>(random(static_cast<std::uint64_t>(days_in_month(options_.year, options_.month))));
  const std::uint64_t given = random(6), family = random(6), reason = random(5), minute = random(600);
  if (next_bad_ < options_.bad.size() && options_.bad[next_bad_] == i) {
    do {  // a number that passes as a LNCH would be read as one
      egn[9] = static_cast<char>(egn[9] == '9' ? '0' : egn[9] + 1);
    } while (is_lnch(egn));
    ++next_bad_;
  }
  // One in each run of sheets / corrected carries another diagnosis.
  const std::uint64_t before = i * options_.corrected / options_.sheets;
  const bool changed = (i + 1) * options_.corrected / options_.sheets > before;
  const Diagnosis& diagnosis = changed ? Diagnosis{"J20.9", "Остър бронхит, неуточнен"} : kDiagnoses[reason];

  std::string time;
  two_digits(time, 8 + static_cast<int>(minute / 60));
  time += ':';
  two_digits(time, static_cast<int>(minute % 60));
  buffer_ += "    <AmbList>\n";
  leaf("NoAl", national_number(options_.year, options_.month, 'A', i));
  leaf("dataAl", iso(options_.year, options_.month, day));
  leaf("time", time + ":00");
  buffer_ += "<Pay>1</Pay>\n<Patient>\n";
  leaf("EGN", egn);
  buffer_ += "<RZOK>22</RZOK>\n<ZdrRajon>03</ZdrRajon>\n<Name>";
  buffer_.append("<Given>").append(kGiven[given]).append("</Given><Sur>Примеров</Sur><Family>").append(kFamily[family]);
  buffer_ +=
      "</Family></Name>\n<Address>гр. София, ул. Примерна 1</Address>\n<IsHealthInsurance>0</IsHealthInsurance>\n";
  buffer_ += "</Patient>\n<Disadv>0</Disadv>\n<Incidentally>0</Incidentally>\n<MainDiag>";
  buffer_.append("<imeMD>").append(diagnosis.name).append("</imeMD><MKB>").append(diagnosis.code).append("</MKB>");
  buffer_ += "</MainDiag>\n<Procedure><imeP>Медицински преглед</imeP><kodP>89.03</kodP></Procedure>\n";
  leaf("Anamnesa", kAnamnesa);
  leaf("HState", kState);
  buffer_ += "<Examine></Examine>\n<Therapy><Nonreimburce>Хигиенно-диетичен режим.</Nonreimburce></Therapy>\n";
  buffer_ += "<SIMPList><PrimaryVisit><VidNapr>1</VidNapr><NoNapr>";
  buffer_ += national_number(options_.year, options_.month, 'B', i);
  buffer_ += "</NoNapr><NaprFor>1</NaprFor></PrimaryVisit></SIMPList>\n<VisitFor><Consult>1</Consult><Disp>0</Disp>";
  buffer_ += "<Babycare>0</Babycare><RpHosp>0</RpHosp><LKKVisit>0</LKKVisit><Telk>0</Telk></VisitFor>\n";
  buffer_ += "<ExamType>11</ExamType>\n<Docs><TalonTELK>0</TalonTELK><Izvestie>0</Izvestie><EtEpikriza>0</EtEpikriza>";
  buffer_ += "<MedicalNote>0</MedicalNote></Docs>\n<Sign>1</Sign>\n    </AmbList>\n";
}

std::string generate_amblist(const AmblistOptions& options) {
  AmblistGenerator generator(options);
  std::string out;
  char buffer[65536];
  for (std::size_t n; (n = generator.read(buffer, sizeof buffer)) > 0;) out.append(buffer, n);
  return out;
}

}  // namespace vestitel::testing
