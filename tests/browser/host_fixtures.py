"""Fixtures that run a host for all tests of a folder, and below it."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tools.hosts import HOSTS, Host, Theme


def host_fixture(name: str, theme: Theme = "light") -> Any:
    """Return the fixture of a host, whose kernels get the `environment` fixture."""

    @pytest.fixture(scope="session")
    def host(
        environment: Mapping[str, str], running_hosts: list[Host], tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[Host]:
        with HOSTS[name](tmp_path_factory.mktemp(name), environment, theme) as opened:
            running_hosts.append(opened)
            yield opened

    return host
