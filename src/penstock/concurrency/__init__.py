"""Slots of concurrency limits around code: `penstock.concurrency.sync`, and `.asyncio` for coroutines."""
