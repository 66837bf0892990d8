"""Holds granian's server as the hub runs it; other servers do not need granian, so only `serve` imports this."""

from granian.server.mp import MPServer


class HubServer(MPServer):
    """Starts without a look at every process of the machine, with which granian prepares a bound that is not set."""

    def _write_pidfile(self) -> None:
        """Write none, as no file is asked for; here granian also gets ready to measure the memory of its workers."""
