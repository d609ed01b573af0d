from tests.store.conftest import clock, empty, store, url, write

__all__ = ["clock", "empty", "store", "url", "write"]
