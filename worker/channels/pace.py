"""How fast mails go to the domains of their recipients."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import AfterValidator

from worker.delivery.rate import Rate, read_rate

#: What large mailbox providers get where the configuration says nothing of them.
USUAL: dict[str, str] = dict.fromkeys(
    (
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com"),
        *("yahoo.com", "aol.com", "icloud.com", "me.com", "gmx.net", "gmx.de", "web.de", "mail.ru"),
    ),
    "60/min",
)


class Pace:
    """Turns for mails, by domain: as many as the rate says at once, then evenly spread.

    A limit, not a plan: each domain's turns count from its own mails (a leaky bucket, GCRA).
    """

    def __init__(self, rates: Mapping[str, str]) -> None:
        self._rates: dict[str, Rate] = {
            domain.lower(): read_rate(rate) for domain, rate in (USUAL | dict(rates)).items()
        }
        self._due: dict[str, float] = {}

    def wait(self, recipients: Iterable[str], now: float, *, longest: float) -> float:
        """Seconds until a mail to these addresses may go; its turn is taken if that is not too long."""
        domains = {address.rpartition("@")[2].lower() for address in recipients}
        limited = domains & self._rates.keys()
        seconds = max((self._ahead(domain, now) for domain in limited), default=0.0)
        if seconds <= longest:
            for domain in limited:
                self._due[domain] = max(self._due.get(domain, now), now) + self._rates[domain].gap
        return seconds

    def _ahead(self, domain: str, now: float) -> float:
        rate = self._rates[domain]
        return max(0.0, self._due.get(domain, now) - (rate.count - 1) * rate.gap - now)


def _are_rates(rates: Mapping[str, str]) -> Mapping[str, str]:
    for domain, rate in rates.items():
        if not domain.isascii() or "." not in domain or "@" in domain:
            raise ValueError(f"has {domain!r}, which is no domain", "write e.g. gmail.com: 20/min")
        try:
            read_rate(rate)
        except ValueError as error:
            raise ValueError(f"has {rate!r} for {domain}", str(error)) from None
    return rates


#: Rates by domain, as the configuration gives them.
Rates = Annotated[Mapping[str, str], AfterValidator(_are_rates)]
