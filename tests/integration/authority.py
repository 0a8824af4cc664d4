"""A made-up certificate authority, a server's and a client's certificate of it."""

import ssl
import subprocess
from pathlib import Path


def make_authority(folder: Path) -> Path:
    """Write ``ca.pem``, ``server.pem`` and ``client.pem`` (certificate and key) into a folder."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(*new, "-x509", "-days", "2", "-subj", "/CN=authority", "-keyout", "ca.key",
            "-out", "ca.pem")  # fmt: skip
    for name, extension in (
        ("server", "subjectAltName=IP:127.0.0.1,DNS:news.example"),
        ("client", "extendedKeyUsage=clientAuth"),
    ):
        openssl(*new, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (folder / f"{name}.ext").write_text(extension)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.crt")  # fmt: skip
        both = (folder / f"{name}.crt").read_bytes() + (folder / f"{name}.key").read_bytes()
        (folder / f"{name}.pem").write_bytes(both)
    return folder


def server_context(authority: Path, *, wants_client: bool = False) -> ssl.SSLContext:
    """TLS for a server of the made-up authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority / "ca.pem")
    context.load_cert_chain(authority / "server.pem")
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # the made-up authority is a plain one
    context.set_alpn_protocols(["http/1.1"])
    if wants_client:
        context.verify_mode = ssl.CERT_REQUIRED
    return context
