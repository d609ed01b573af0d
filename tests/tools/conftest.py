from tests.store.conftest import clock, empty, sqlite_url, store, url, write

__all__ = ["clock", "empty", "sqlite_url", "store", "url", "write"]
