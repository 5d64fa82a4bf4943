"""Keyrings for tests: one in memory, and ones that fail like other backends."""

import keyring.backend
import keyring.errors


class MemoryKeyring(keyring.backend.KeyringBackend):
    """Stores passwords in memory."""

    priority = 0.1

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.entries:
            raise keyring.errors.PasswordDeleteError(username)
        del self.entries[service, username]


class ForgetfulKeyring(MemoryKeyring):
    """Accepts everything and stores nothing, like keyring's null backend."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class ForeignError(Exception):
    """An error of a backend that does not use keyring's errors."""


class BrokenKeyring(MemoryKeyring):
    """Fails with its own error, which contains the arguments."""

    def get_password(self, service: str, username: str) -> str | None:
        raise ForeignError(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        raise ForeignError(service, username, password)
