"""Alert mails as bytes for the wire (RFC 5322, MIME, RFC 2919, RFC 3834, RFC 8058)."""

from email import policy
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy

from worker.alerts.wording import clean_line
from worker.model import Message

#: Code points of a watch's name in a header, and of a subject.
NAME_LIMIT = 100
SUBJECT_LIMIT = 300
#: A message id longer than this fits no header line (RFC 5322, 2.1.1).
ID_LIMIT = 900

_CRLF = "\r\n"
# Words in other scripts are encoded in pieces of at most 75 bytes, one a line (RFC 2047, 2).
_NARROW = policy.SMTP.clone(max_line_length=76, cte_type="7bit")
# Ids and lists of ids must never be encoded or broken up; 998 bytes is what a line may have.
_WIDE = policy.SMTP.clone(max_line_length=998, cte_type="7bit")
_WORDS = {"subject", "x-tocsin-watch"}
_IDS = {"message-id", "list-id", "list-unsubscribe", "in-reply-to", "references"}
#: Mails of a thread that are named; with its end and its beginning a reader finds the others.
MOST_REFERENCES = 10


class _Wire(EmailPolicy):
    """Folds every header but those of ids."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in _WORDS:
            return _in_words(name, str(value))
        narrow = name.lower() not in _IDS
        folded: bytes = (_NARROW if narrow else _WIDE).fold_binary(name, value)
        return folded


def _in_words(name: str, text: str) -> bytes:
    """A header of words, which begin on its first line: some readers show a blank there otherwise."""
    # What looks like an encoded word, and a word too long for a line, have to be encoded.
    plain = text.isascii() and "=?" not in text and max(map(len, text.split()), default=0) < 60
    words = Header(text, "us-ascii" if plain else "utf-8", maxlinelen=76, header_name=name)
    return f"{name}: {words.encode(linesep=_CRLF)}{_CRLF}".encode("ascii")


_WIRE = _Wire(linesep="\r\n", cte_type="7bit", max_line_length=76)


def compose(
    message: Message, *, sender: Address, to: tuple[Address, ...], unsubscribe: str = ""
) -> bytes:
    """The whole mail, as sent; the same message gives the same headers again.

    ``unsubscribe`` is the URL for that, ``""`` where there is none.
    """
    mail = EmailMessage(policy=_NARROW)
    mail["Date"] = message.at
    mail["From"] = sender
    mail["To"] = to
    # Raw: the library would decode what looks encoded in a stranger's words.
    mail.set_raw("Subject", clean_line(message.subject, SUBJECT_LIMIT))
    mail["Message-ID"] = in_brackets(message.message_id)
    if message.thread:
        thread = [in_brackets(each) for each in message.thread]
        mail["In-Reply-To"] = thread[-1]
        mail["References"] = " ".join(dict.fromkeys([thread[0], *thread[1:][-MOST_REFERENCES:]]))
    mail["List-Id"] = f"<{message.list_name}.tocsin.{sender.domain}>"
    if unsubscribe and len(unsubscribe) <= ID_LIMIT:
        mail["List-Unsubscribe"] = f"<{unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    if message.watch_name is not None:
        mail.set_raw("X-Tocsin-Watch", clean_line(message.watch_name, NAME_LIMIT))
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    return mail.as_bytes(policy=_WIRE)


def in_brackets(message_id: str) -> str:
    """A Message-ID in angle brackets."""
    return f"<{''.join(clean_line(message_id, ID_LIMIT).strip('<>').split())}>"
