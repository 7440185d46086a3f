#include "core/intake/reason_bg.hpp"

#include <algorithm>
#include <optional>

namespace vestitel {
namespace {

// "#" stands for a number, the same in both.
struct Pair {
  std::string_view english, bulgarian;
};
constexpr Pair kReasons[] = {
    // of the hub: the document
    {"the file is empty", "файлът е празен"},
    {"the file is larger than # bytes, the most that is taken",
     "файлът е по-голям от # байта, колкото най-много се приемат"},
    {"the name of the file is no UTF-8 text or holds control characters",
     "името на файла не е текст в UTF-8 или съдържа управляващи знаци"},
    {"it is no regular file", "не е обикновен файл"},
    {"the partner does not report for this facility", "подателят не отчита за това лечебно заведение"},
    {"annuls a record that is not known", "анулира запис, който не е известен"},
    {"another partner reported this record; it alone may report it again",
     "записът е отчетен от друг подател; само той може да го отчете отново"},
    {"the reader declares more complete scopes than a document may have",
     "модулът за четене обявява повече пълни обхвати, отколкото един документ може да има"},
    {"it is larger than 16 KiB", "по-голям е от 16 KiB"},
    {"it must be one JSON object", "трябва да е един обект JSON"},
    {"a key stands twice", "един ключ е посочен два пъти"},
    {"as_of must be a date like 2026-10-31 or an instant like 2026-10-31T08:00:00Z",
     "as_of трябва да е дата като 2026-10-31 или момент като 2026-10-31T08:00:00Z"},
    {"as_of lies in the future, more than a day ahead", "as_of е в бъдещето, повече от един ден напред"},
    {"complete must be true or false", "complete трябва да е true или false"},
    {"media_type must be a media type like application/xml",
     "media_type трябва да е вид съдържание като application/xml"},
    {"it has an unknown key; as_of, complete and media_type are allowed",
     "съдържа непознат ключ; допускат се as_of, complete и media_type"},
    {"the reader declares a complete scope, which this hub does not take",
     "модулът за четене обявява пълен обхват, какъвто не се приема"},
    {"it changed while it was read; it will be read again",
     "файлът се промени, докато се четеше; ще бъде прочетен отново"},
    {"the file was taken out of work/ before it was read to its end",
     "файлът беше преместен от work/, преди да бъде прочетен докрай"},
    {"the file had grown or been replaced before it was read to its end; the next document of its name is what counts",
     "файлът е нараснал или е бил заменен, преди да бъде прочетен докрай; важи следващият документ със същото име"},
    // of the hub: a record
    {"too long", "твърде дълго"},
    {"not UTF-8", "не е в UTF-8"},
    {"before 1900", "преди 1900 г."},
    {"after tomorrow", "по-късно от утре"},
    {"a date with a time of day", "дата с час"},
    {"empty", "празно"},
    {"unknown", "непознато"},
    {"holds the subject's identifier", "съдържа идентификатора на лицето"},
    {"without a key", "без ключ"},
    {"no such date", "няма такава дата"},
    {"in the future", "в бъдещето"},
    {"more than 64", "повече от 64"},
    {"ten digits expected", "очакват се десет цифри"},
    {"no such birth date", "няма такава дата на раждане"},
    {"wrong check digit", "грешна контролна цифра"},
    {"birth date in the future", "дата на раждане в бъдещето"},
    {"all zeros", "само нули"},
    {"one to 20 digits expected", "очакват се от 1 до 20 цифри"},
    {"one to 20 characters expected", "очакват се от 1 до 20 знака"},
    {"a character that a card number cannot hold", "знак, какъвто номер на карта не може да съдържа"},
    {"nine or ten digits expected", "очакват се девет или десет цифри"},
    {"region from 01 to 28 expected", "очаква се област от 01 до 28"},
    {"unknown identifier type", "непознат вид идентификатор"},
    {"carries a mark that this hub must understand and does not",
     "носи знак, който трябва да бъде разбран, а е непознат"},
    {"identifier type has no meaning here", "видът на идентификатора няма значение тук"},
    {"revision has no meaning here", "видът на промяната няма значение тук"},
    // of nzok-amblist: a record, or the head of a report
    {"not ten digits", "не е от десет цифри"},
    {"its date of birth does not exist", "датата на раждане в него не съществува"},
    {"its check digit is wrong", "контролната му цифра е грешна"},
    {"its date of birth lies in the future", "датата на раждане в него е в бъдещето"},
    {"is the doctor's own", "е на самия лекар"},
    {"is missing or empty", "липсва или е празно"},
    {"is missing, or not a facility's number of ten digits",
     "липсва или не е номер на лечебно заведение от десет цифри"},
    {"is missing, or not a day written YYYY-MM-DD", "липсва или не е дата във вида ГГГГ-ММ-ДД"},
    {"is not a day written YYYY-MM-DD", "не е дата във вида ГГГГ-ММ-ДД"},
    {"lies before DateFrom", "е преди DateFrom"},
    {"lies in the future", "е в бъдещето"},
    {"lies before 1900", "е преди 1900 г."},
    {"lies outside of the report's period", "е извън периода на отчета"},
    {"the doctor's number is missing or wrong", "УИН на лекаря липсва или е грешен"},
    {"the doctor's specialty is missing or wrong", "специалността на лекаря липсва или е грешна"},
    {"holds Cyrillic or other letters beyond A to Z", "съдържа букви на кирилица или други извън A до Z"},
    {"has neither 6 digits nor 12 letters and digits", "не е нито от 6 цифри, нито от 12 букви и цифри"},
    {"holds a line break or another control character", "съдържа нов ред или друг управляващ знак"},
    {"is not a number of at most 20 digits", "не е число от най-много 20 цифри"},
    {"names nobody: no EGN, SS_No, EHIC_No or PersID_No", "не посочва лице: няма EGN, SS_No, EHIC_No или PersID_No"},
    {"is longer than 20 characters", "е по-дълго от 20 знака"},
    {"is not a practitioner's number", "не е УИН на лекар"},
    {"is longer than a code can be", "е по-дълго, отколкото може да бъде код"},
    {"is longer than 2,000 bytes", "е по-дълго от 2000 байта"},
    {"holds elements, where a text belongs", "съдържа елементи там, където трябва да има текст"},
    {"stands twice", "е посочено два пъти"},
    {"stands more than 16 times", "е посочено повече от 16 пъти"},
    {"stands after the first Doctor", "стои след първия Doctor"},
    {"stands after the doctor's first sheet", "стои след първия лист на лекаря"},
    {"stands more often than a sheet can hold", "е посочено повече пъти, отколкото може в един лист"},
    {"stands for referrals of two kinds", "е посочено за два вида направления"},
    {"holds more than 64 codes", "съдържа повече от 64 кода"},
    {"the root stands in a namespace", "коренният елемент е в именно пространство"},
    {"the root is not Practice", "коренният елемент не е Practice"},
    // of the other readers: a record, or the head of a document
    {"the root is not of this format", "коренният елемент не е на този формат"},
    {"the root stands in another namespace, or in none", "коренният елемент е в друго именно пространство или в никое"},
    {"stands after the first record", "стои след първия запис"},
    {"holds more than 16,384 elements or 256 KiB of text", "съдържа повече от 16 384 елемента или 256 KiB текст"},
    {"holds more than 16,384 elements or 256 KiB of text above its records",
     "съдържа повече от 16 384 елемента или 256 KiB текст преди записите си"},
    {"holds more text than an event can", "съдържа повече текст, отколкото може едно събитие"},
    {"is neither a day YYYY-MM-DD nor a time YYYY-MM-DDThh:mm:ss",
     "не е нито дата ГГГГ-ММ-ДД, нито време ГГГГ-ММ-ДДTчч:мм:сс"},
    {"is not a number of at most 10 digits", "не е число от най-много 10 цифри"},
    {"is not a year of four digits", "не е година от четири цифри"},
    {"lies before entryDate", "е преди entryDate"},
    {"holds more than 800 codes", "съдържа повече от 800 кода"},
    {"names nobody: no EGN, LNCH, SS_No, EHIC_No or PersID_No",
     "не посочва лице: няма EGN, LNCH, SS_No, EHIC_No или PersID_No"},
    {"is missing, and so is APr_Priem", "липсва, както и APr_Priem"},
    {"stands beside APr_Priem", "стои заедно с APr_Priem"},
    {"is neither yes nor no", "не е нито да, нито не"},
    {"lies before Date_Proc_Begin", "е преди Date_Proc_Begin"},
    {"holds more than 400 codes", "съдържа повече от 400 кода"},
    {"stands more than twice", "е посочено повече от два пъти"},
    {"lies before DateFrom", "е преди DateFrom"},
    {"is no day in one of the forms that are known", "не е дата в някой от познатите видове"},
    {"is no amount", "не е сума"},
    {"is neither EGN nor LNCh", "не е нито EGN, нито LNCh"},
    {"is another person's than was asked for", "е на друго лице, а не на това от запитването"},
    {"is an error of the service, and no answer", "е грешка на услугата, а не отговор"},
    {"holds more rows of one record than an event can",
     "съдържа повече редове на един запис, отколкото може едно събитие"},
    {"holds more than one answer", "съдържа повече от един отговор"},
    {"holds none of the eight answers", "не съдържа никой от осемте отговора"},
    {"holds more than 20,000 rows of one person", "съдържа повече от 20 000 реда за едно лице"},
    {"is not one of 1 to 4", "не е от 1 до 4"},
    {"names nobody: no PICode, no EHICNumber, and zeros or nothing here",
     "не посочва лице: няма PICode и EHICNumber, а тук има нули или нищо"},
    {"stands more than 100 times", "е посочено повече от 100 пъти"},
    {"stands more than 150 times", "е посочено повече от 150 пъти"},
    {"names no activity", "не посочва дейност"},
    {"lies before startFrom", "е преди startFrom"},
    // of nhis
    {"has no code", "няма код"},
    {"has no date", "няма дата"},
    {"has not 12 letters and digits", "не е от 12 букви и цифри"},
    {"holds more than 256 codes and references", "съдържа повече от 256 кода и препратки"},
    {"is missing", "липсва"},
    {"is missing, or no UUID", "липсва или не е UUID"},
    {"is missing, or no instant with its zone", "липсва или не е момент с часова зона"},
    {"is missing, or no type of a message", "липсва или не е вид съобщение"},
    {"is neither a day written YYYY-MM-DD nor an instant with its zone",
     "не е нито дата ГГГГ-ММ-ДД, нито момент с часова зона"},
    {"is no UUID", "не е UUID"},
    {"is no number of a payer", "не е номер на платец"},
    {"is no number of a status", "не е номер на състояние"},
    {"a newborn without a number of its own", "новородено без собствен идентификатор"},
    {"a passport tells nobody apart for the hub", "по паспорт лицето не може да бъде разпознато"},
    {"another document tells nobody apart for the hub", "по друг документ лицето не може да бъде разпознато"},
    {"is declared an LNCH and is none", "посочено е като ЛНЧ, а не е"},
    {"is missing, or none of 1 to 6", "липсва или не е от 1 до 6"},
    {"is missing, or not a practitioner's number", "липсва или не е номер на лекар"},
    {"is not a facility's number of ten digits", "не е номер на лечебно заведение от десет цифри"},
    {"has no attribute value", "няма атрибут value"},
    {"holds a text, where the attribute value belongs", "съдържа текст, където трябва да е атрибутът value"},
    {"holds elements, where a value belongs", "съдържа елементи, където трябва да е стойност"},
    {"holds letters beyond A to Z", "съдържа букви извън A до Z"},
    {"comes after the cancellation of its record", "идва след анулирането на записа"},
    {"has a status that is not known", "състоянието е непознато"},
    {"has a status that is not known: whether the stay is taken back is not said",
     "състоянието е непознато: не е казано дали хоспитализацията е анулирана"},
    {"is a reply without its request", "отговор без заявката към него"},
    {"is a request without its reply", "заявка без отговора към нея"},
    {"is over, and has no dischargeDate", "приключена е, а няма dischargeDate"},
    {"its reply names another status than that of a message that was accepted",
     "отговорът посочва друго състояние, а не на прието съобщение"},
    {"names a record that the document does not hold", "посочва запис, който документът не съдържа"},
    {"names nobody, and a prescription that the document does not hold",
     "не посочва лице, а рецептата я няма в документа"},
    {"says that it is open, and was closed before", "посочва се като отворен, а вече е бил приключен"},
    {"was given twice: what tells one dispensing from another is not documented",
     "отпуснато е два пъти: не е описано по какво се различават отпусканията"},
    {"holds more than 48 codes, names and references", "съдържа повече от 48 кода, наименования и препратки"},
    {"has more messages than a record can have", "има повече съобщения, отколкото може да има един запис"},
    {"is not the number of the results that follow", "не е броят на резултатите след него"},
    {"is that of another message", "е на друго съобщение"},
    {"stands before the header", "стои преди header"},
    {"tells an activity in a form that is not documented", "съобщава дейност във вид, който не е описан"},
    {"the root is neither message nor messages", "коренният елемент не е нито message, нито messages"},
    // of nzok-amblist: the document
    {"the document is empty", "документът е празен"},
    {"the encoding is neither UTF-8 nor windows-1251", "кодирането не е нито UTF-8, нито windows-1251"},
    {"the declared encoding is neither UTF-8 nor windows-1251",
     "обявеното кодиране не е нито UTF-8, нито windows-1251"},
    {"windows-1251 is declared after a byte order mark of UTF-8",
     "обявено е windows-1251, а файлът започва със знака на UTF-8"},
    {"the bytes are not UTF-8, as which they are declared", "обявено е UTF-8, но байтовете не са UTF-8"},
    {"the bytes are UTF-8, but windows-1251 is declared", "обявено е windows-1251, но байтовете са UTF-8"},
    {"the bytes are not windows-1251, as which they are declared",
     "обявено е windows-1251, но байтовете не са windows-1251"},
    {"the document is cut off inside a character", "документът е прекъснат по средата на знак"},
    {"the document is cut off inside an element", "документът е прекъснат вътре в елемент"},
    {"there is no XML in the document", "в документа няма XML"},
    {"the document goes on after its end", "документът продължава след края си"},
    {"an end tag does not match its start tag", "затварящ етикет не съответства на отварящия"},
    {"a tag is not closed", "етикет не е затворен"},
    {"a character that XML does not allow", "знак, който не се допуска в XML"},
    {"an entity that XML does not define", "същност, която не е определена в XML"},
    {"an attribute stands twice", "атрибут е посочен два пъти"},
    {"out of memory", "паметта не достигна"},
    {"not well-formed XML (libxml2 error #)", "XML не е правилно построен (грешка # на libxml2)"},
    {"a tag, comment, CDATA section or instruction is longer than 64 KiB",
     "етикет, коментар, раздел CDATA или инструкция е по-дълга от 64 KiB"},
    {"there is no element in its first megabyte", "в първия мегабайт няма елемент"},
    {"elements are nested deeper than 64", "елементите са вложени на повече от 64 нива"},
    {"an element has more than 256 attributes", "елемент има повече от 256 атрибута"},
    {"an element holds more than 1 MB of text", "елемент съдържа повече от 1 MB текст"},
    {"has a DOCTYPE, which is not allowed", "съдържа DOCTYPE, което не се допуска"},
    // of the sources that read rows
    {"cannot be read", "не може да бъде прочетено"},
    {"stands twice in the header", "е посочено два пъти в заглавния ред"},
    {"the header has no such column", "в заглавния ред няма такава колона"},
    {"has # cells, other than the header", "има # клетки, различно от заглавния ред"},
    {"is longer than 256 KiB", "е по-дълъг от 256 KiB"},
    {"a quoted cell has no end", "клетка в кавички няма край"},
    {"a quoted cell goes on behind its closing quote", "клетка в кавички продължава след затварящите кавички"},
    {"windows-1251 is expected, and a byte order mark of UTF-8 stands here",
     "очаква се windows-1251, а файлът започва със знака на UTF-8"},
    {"the bytes are UTF-8, and windows-1251 is expected", "очаква се windows-1251, но байтовете са UTF-8"},
    {"the bytes are not UTF-8", "байтовете не са UTF-8"},
    {"the bytes are not windows-1251", "байтовете не са windows-1251"},
    {"holds a zero byte", "съдържа нулев байт"},
    {"is longer than it can be", "е по-дълго, отколкото може да бъде"},
    {"holds white space or a control character", "съдържа интервал или управляващ знак"},
    // of csv-mapping
    {"the row has no such cell", "в реда няма такава клетка"},
    {"is shorter or longer than a line of this file is", "е по-къс или по-дълъг от ред на такъв файл"},
    {"has another length than it must", "има друга дължина от задължителната"},
    {"holds something other than digits", "съдържа не само цифри"},
    {"is not an amount such as 12.50", "не е сума като 12.50"},
    {"is not a day of the calendar, written as the mapping says", "не е дата от календара, записана както е уговорено"},
    {"is not in the code table", "не е в таблицата с кодове"},
    {"is no type of an event", "не е вид събитие"},
    {"is none of new, corrected and annulled", "не е нито ново, нито поправено, нито анулирано"},
    {"the key is longer than 128 bytes", "ключът е по-дълъг от 128 байта"},
    {"names nobody", "не посочва лице"},
    {"holds more than 60,000 bytes of text", "съдържа повече от 60000 байта текст"},
    {"is none of reported, accepted, paid, refused and unknown",
     "не е нито отчетено, нито прието, нито платено, нито отказано, нито неизвестно"},
    {"is neither 1 nor 0", "не е нито 1, нито 0"},
    // of nzok-pl
    {"is not a day of the calendar", "не е дата от календара"},
    {"lies before FROM_DATE", "е преди FROM_DATE"},
    // of the registers in formats of ours
    {"holds the number of a person", "съдържа номера на лице"},
    {"lies before the beginning", "е преди началото"},
    {"is neither empty nor annulled", "не е нито празно, нито annulled"},
    {"is not a region from 01 to 28", "не е област от 01 до 28"},
    {"is none of parent, guardian and trustee", "не е нито parent, нито guardian, нито trustee"},
    {"is none of egn, lnch, nap and ehic", "не е нито egn, нито lnch, нито nap, нито ehic"},
    {"is the ward's own", "е номерът на самото подопечно лице"},
    {"is not a contract's number of six digits", "не е номер на договор от шест цифри"},
    {"is none of ended, suspended and changed", "не е нито ended, нито suspended, нито changed"},
    {"does not belong to this change", "не съответства на тази промяна"},
    {"stands beside a change that has no end", "стои до промяна, която няма край"},
    {"is not a list of regions from 01 to 28", "не е списък от области от 01 до 28"},
    {"is not one JSON object", "не е един обект на JSON"},
    {"is not a text", "не е текст"},
    {"is not an instant written YYYY-MM-DDThh:mm:ssZ", "не е момент във вида ГГГГ-ММ-ДДTчч:мм:ссZ"},
    {"is not an e-mail address", "не е адрес на електронна поща"},
    {"is not a number in its international form", "не е телефонен номер в международен вид"},
    {"is not a language of two letters", "не е език от две букви"},
    // of nhis: a signature
    {"is made by a method that is not accepted", "е направен по начин, който не се приема"},
    {"does not cover the whole message, and nothing else", "не обхваща цялото съобщение и само него"},
    {"holds no certificate", "не съдържа удостоверение"},
    {"holds more than 8 certificates", "съдържа повече от 8 удостоверения"},
    {"holds a certificate that cannot be read", "съдържа удостоверение, което не може да се прочете"},
    {"is by a certificate that no authority of the trust store vouches for at that time",
     "е с удостоверение, за което никой от доверените издатели не отговаря към онзи момент"},
    {"is by a certificate that is not for signatures", "е с удостоверение, което не е за подписване"},
    {"does not hold: the message is not the one that was signed",
     "е невалиден: съобщението не е това, което е подписано"},
    {"cannot be checked: its message is not whole by itself",
     "не може да се провери: съобщението не е цялостно само по себе си"},
    {"cannot be checked: its message is larger than 1 MiB", "не може да се провери: съобщението е по-голямо от 1 MiB"},
    // of nap-nhifstatus5
    {"is none of 0, 1 and 2", "не е нито 0, нито 1, нито 2"},
    {"does not stand before the reply", "не стои пред отговора"},
    {"is followed by something else", "е последван от нещо друго"},
    {"lies before the day of the record before it", "е преди датата на записа пред него"},
    {"is a page in HTML", "е страница в HTML"},
    {"holds text, where a person or an Error belongs", "съдържа текст там, където се очаква лице или Error"},
    {"holds neither a person nor an Error", "не съдържа нито лице, нито Error"},
    {"holds more than one person", "съдържа повече от едно лице"},
    {"does not stand alone", "не е само"},
    {"is not of whom was asked about", "не е на лицето, за което е питано"},
    {"is not a month from 1 to 12", "не е месец от 1 до 12"},
    {"stands more than 60 times", "се среща повече от 60 пъти"},
};

constexpr std::string_view kThreeTimes = "the reader failed on it three times: ";
constexpr std::string_view kDied = "its reader died on it three times: ";
constexpr std::string_view kSidecar = "sidecar: ";

bool digit(char c) { return c >= '0' && c <= '9'; }

// The number that stands in `text` for the "#" of `pattern`, "" where it has none; nothing: it does not match.
std::optional<std::string_view> number_in(std::string_view text, std::string_view pattern) {
  const std::size_t at = pattern.find('#');
  if (at == std::string_view::npos) return text == pattern ? std::optional(std::string_view()) : std::nullopt;
  const std::string_view tail = pattern.substr(at + 1);
  if (text.size() < pattern.size() || text.substr(0, at) != pattern.substr(0, at)) return std::nullopt;
  if (text.substr(text.size() - tail.size()) != tail) return std::nullopt;
  const std::string_view number = text.substr(at, text.size() - at - tail.size());
  return std::all_of(number.begin(), number.end(), digit) ? std::optional(number) : std::nullopt;
}

std::optional<std::string> known(std::string_view reason) {
  for (const Pair& pair : kReasons) {
    const auto number = number_in(reason, pair.english);
    if (!number) continue;
    std::string text(pair.bulgarian);
    if (const std::size_t at = text.find('#'); at != std::string::npos) text.replace(at, 1, *number);
    return text;
  }
  return std::nullopt;
}

bool begins(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

}  // namespace

std::string reason_in_bulgarian(std::string_view reason) {
  if (auto text = known(reason)) return *text;
  if (begins(reason, kThreeTimes))
    return "модулът за четене не успя три пъти: " + reason_in_bulgarian(reason.substr(kThreeTimes.size()));
  // How it died is for those who run the hub, in the English part.
  if (begins(reason, kDied)) return "модулът за четене прекъсна аварийно три пъти при този файл";
  if (begins(reason, kSidecar)) {
    const auto text = known(reason.substr(kSidecar.size()));
    return text ? "придружаващ файл: " + *text : std::string(reason);
  }
  const std::size_t colon = reason.find(": ");
  if (colon == std::string_view::npos) return std::string(reason);
  const std::string_view element = reason.substr(0, colon);
  const auto text = known(reason.substr(colon + 2));
  if (!text) return std::string(reason);
  return element == "document" ? *text : std::string(element) + ": " + *text;
}

}  // namespace vestitel
