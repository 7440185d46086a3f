"""Outpatient reports of last month. All persons are born in the 1800s: their numbers pass every check and belong to nobody
living."""
import datetime
import pathlib

REPOSITORY = pathlib.Path(__file__).parents[2]
SAMPLES = REPOSITORY / "tests" / "data" / "demo"
_last = datetime.date.today().replace(day=1) - datetime.timedelta(days=2)  # two: what day it is may differ in Sofia
YEAR, MONTH = _last.year, _last.month


def egn(i):
    """The number of person i."""
    birth = datetime.date(1850, 1, 1) + datetime.timedelta(days=i % 15000)
    digits = f"{birth.year % 100:02}{birth.month + 20:02}{birth.day:02}{i // 15000:03}"
    weights = (2, 4, 8, 5, 10, 9, 7, 3, 6)
    return digits + str(sum(int(d) * w for d, w in zip(digits, weights)) % 11 % 10)


def wrong_egn(i):
    """A number that differs from that of person i in its check digit and is no LNCH."""
    right = egn(i)
    weights = (21, 19, 17, 13, 11, 9, 7, 3, 1)
    lnch = sum(int(d) * w for d, w in zip(right, weights)) % 10
    return right[:9] + next(str(d) for d in range(10) if str(d) not in (right[9], str(lnch)))


def sheet(number, person, day=5, icd="I10", date=None, extra=""):
    """One sheet; `person` is a number of egn(), or the identifier itself."""
    number = f"{YEAR % 100:02}{MONTH:02}9A{number:06}"
    who = egn(person) if isinstance(person, int) else person
    return f"""    <AmbList><NoAl>{number}</NoAl><dataAl>{date or f'{YEAR}-{MONTH:02}-{day:02}'}</dataAl><time>09:40:00</time><Pay>1</Pay>
      <Patient>
        <EGN>{who}</EGN>
        <RZOK>22</RZOK><Name><Given>Образец</Given><Family>Тестов</Family></Name>
      </Patient>
      <MainDiag><imeMD>Диагноза</imeMD><MKB>{icd}</MKB></MainDiag>{extra}
    </AmbList>
"""


def report(*sheets, encoding="utf-8", practice="2203999001", extra=""):
    days = (datetime.date(YEAR + MONTH // 12, MONTH % 12 + 1, 1) - datetime.timedelta(days=1)).day
    text = f"""<?xml version="1.0" encoding="{encoding}"?>
<Practice><PracticeCode>{practice}</PracticeCode><PracticeName>МЦ Пример 1 ЕООД</PracticeName>
  <DateFrom>{YEAR}-{MONTH:02}-01</DateFrom><DateTo>{YEAR}-{MONTH:02}-{days}</DateTo>{extra}
  <Doctor><UIN>2299000011</UIN><FullName>Пример Докторов</FullName><SIMPCode>08</SIMPCode>
{''.join(sheets)}  </Doctor>
</Practice>
"""
    return text.encode("cp1251" if encoding == "windows-1251" else encoding)
