"""Alert mails as bytes for the wire (RFC 5322, MIME, RFC 2919, RFC 3834)."""

from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy

from worker.alerts.render import html, plain_text, subject
from worker.alerts.wording import clean_line
from worker.model import Announcement

#: Code points of a watch's name in a header.
NAME_LIMIT = 100
#: A message id longer than this fits no header line (RFC 5322, 2.1.1).
ID_LIMIT = 900

# Words in other scripts are encoded in pieces of at most 75 bytes, one a line (RFC 2047, 2).
_NARROW = policy.SMTP.clone(max_line_length=76, cte_type="7bit")
# Ids and lists of ids must never be encoded or broken up; 998 bytes is what a line may have.
_WIDE = policy.SMTP.clone(max_line_length=998, cte_type="7bit")
_IDS = {"message-id", "list-id"}


class _Wire(EmailPolicy):
    """Folds every header but those of ids."""

    def fold_binary(self, name: str, value: str) -> bytes:
        narrow = name.lower() not in _IDS
        folded: bytes = (_NARROW if narrow else _WIDE).fold_binary(name, value)
        return folded


_WIRE = _Wire(linesep="\r\n", cte_type="7bit", max_line_length=76)


def compose(
    announcement: Announcement, *, sender: Address, to: tuple[Address, ...], public_url: str = ""
) -> bytes:
    """The whole mail of one alert, as sent; the same announcement gives the same headers again."""
    mail = EmailMessage(policy=_NARROW)
    mail["Date"] = announcement.alerted_at
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject(announcement)
    mail["Message-ID"] = message_id(announcement)
    mail["List-Id"] = f"<watch-{announcement.watch_id}.tocsin.{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Tocsin-Watch"] = clean_line(announcement.watch_name, NAME_LIMIT)
    mail.set_content(plain_text(announcement, public_url))
    mail.add_alternative(html(announcement, public_url), subtype="html")
    return mail.as_bytes(policy=_WIRE)


def message_id(announcement: Announcement) -> str:
    """The announcement's Message-ID in angle brackets."""
    return f"<{''.join(clean_line(announcement.message_id, ID_LIMIT).strip('<>').split())}>"
