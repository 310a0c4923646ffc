"""A mail relay on loopback: aiosmtpd, with Python's parser for what it accepts.

Usage: relay.py BEHAVIOR [CERTIFICATE KEY]. Prints its port, then one line of JSON for each connection and message.
It ends when its standard input is closed.

BEHAVIOR is a list of words, joined by +:
  implicit, starttls   TLS from the first byte, or by STARTTLS, with the certificate
  auth                 wants the user ada with the password p@ss w/ord
  utf8                 takes addresses with letters outside ASCII
  550, 451, denied     answers RCPT with that; denied is relaying that is not allowed
  spam, full           refuses the message at its end, for good or for now
  hang, drop           never answers DATA, or closes the connection in the middle of it
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

RCPT = {
    "550": "550 5.1.1 No such user here",
    "451": "451 4.7.1 Greylisted, try again later",
    "denied": "554 5.7.1 Relay access denied",
}
END = {"spam": "554 5.7.1 This looks like spam", "full": "452 4.3.1 The disk is full"}


def say(**values):
    # Headers outside ASCII are parsed as lone surrogates, which are not JSON.
    text = json.dumps(values, ensure_ascii=False).encode("utf-8", "replace")
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()


class Handler:
    def __init__(self, words):
        self.words = words

    async def handle_RCPT(self, server, session, envelope, address, options):
        for word, answer in RCPT.items():
            if word in self.words:
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        raw = envelope.content
        message = email.message_from_bytes(raw, policy=email.policy.default)
        say(
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            headers=[[name, str(value)] for name, value in message.items()],
            to=[[one.display_name, one.addr_spec] for one in message["to"].addresses],
            defects=[str(defect) for part in message.walk() for defect in part.defects]
            + [str(defect) for value in message.values() for defect in value.defects],
            text=message.get_body(("plain",)).get_content(),
            html=message.get_body(("html",)).get_content(),
            types=[part.get_content_type() for part in message.walk()],
            longest=max(map(len, raw.split(b"\r\n"))),
            ascii=raw.isascii(),
            encrypted=session.ssl is not None or "implicit" in self.words,
            user=(session.auth_data or b"").decode(),
        )
        for word, answer in END.items():
            if word in self.words:
                return answer
        return "250 2.0.0 Queued as 4bZ7"


class Relay(SMTP):
    words = []

    async def smtp_DATA(self, arg):
        if "drop" in self.words:
            await self.push("354 Go on")
            await self._reader.readline()
            self.transport.abort()
        elif "hang" in self.words:
            await asyncio.sleep(3600)
        else:
            await super().smtp_DATA(arg)


def authenticator(server, session, envelope, mechanism, data):
    user, password = data.login, data.password
    if (user, password) != (b"ada", b"p@ss w/ord"):
        return AuthResult(success=False, handled=False)
    return AuthResult(success=True, auth_data=user)


async def main(words, files):
    context = None
    if files:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*files)
    Relay.words = words

    def connected():
        say(connected=True)
        return Relay(
            Handler(words),
            enable_SMTPUTF8="utf8" in words,
            tls_context=context if "starttls" in words else None,
            require_starttls="starttls" in words,
            auth_required="auth" in words,
            auth_require_tls="starttls" in words,
            authenticator=authenticator if "auth" in words else None,
            loop=loop,
        )

    loop = asyncio.get_running_loop()
    implicit = context if "implicit" in words else None
    server = await loop.create_server(connected, "127.0.0.1", 0, ssl=implicit)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main(sys.argv[1].split("+"), sys.argv[2:]))
