import { afterEach, expect, test, vi } from "vitest";
import { LogBuffer, type LogLine, type LogWindow, PAGE_LINES, type WindowQuery } from "./log-buffer";

const lineOf = (n: number, id = `id-${n}`): LogLine => ({
  id,
  timestamp: new Date(n).toISOString(),
  level: 20,
  name: "log",
  message: `line ${n}`,
  task_run_id: null,
});

/** A log on a server, with what it was asked. */
function server(size: number) {
  const lines = Array.from({ length: size }, (_, n) => lineOf(n));
  const asked: WindowQuery[] = [];
  const state = { fails: false };
  const load = async (query: WindowQuery, signal: AbortSignal): Promise<LogWindow> => {
    asked.push(query);
    await Promise.resolve();
    if (signal.aborted) throw new DOMException("gone", "AbortError");
    if (state.fails) throw new Error("away");
    let position = query.position ?? 0;
    if (query.tail) position = Math.max(0, lines.length - query.limit);
    if (query.line) position = Math.max(0, lines.findIndex(({ id }) => id === query.line) - query.limit / 2);
    return {
      lines: lines.slice(position, position + query.limit),
      position,
      total: lines.length,
      task_names: {},
    };
  };
  return { lines, asked, state, load };
}
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
afterEach(() => vi.useRealTimers());

test("a million lines begin at their end, with one question", async () => {
  const total = 1_000_000;
  const asked: WindowQuery[] = [];
  const buffer = new LogBuffer(async (query) => {
    asked.push(query);
    const position = query.tail ? total - query.limit : (query.position ?? 0);
    const lines = Array.from({ length: query.limit }, (_, n) => lineOf(position + n));
    return { lines, position, total, task_names: {} };
  });
  expect(await buffer.open({ tail: true })).toBe(999_999);
  expect(buffer.total).toBe(1_000_000);
  expect(buffer.lineAt(999_999)?.message).toBe("line 999999");
  expect(asked).toHaveLength(1);
});

test("a line is found by its id, wherever it is", async () => {
  const buffer = new LogBuffer(server(50_000).load);
  expect(await buffer.open({ line: "id-31042" })).toBe(31_042);
  expect(buffer.lineAt(31_042)?.id).toBe("id-31042");
});

test("lines that come while the first answer is on its way are found", async () => {
  const { lines, load } = server(0);
  const buffer = new LogBuffer(load);
  const opened = buffer.open({ position: 0 });
  await buffer.refresh();
  lines.push(lineOf(0));
  await opened;
  await settle();
  expect(buffer.total).toBe(1);
});

test("what is in view is loaded once, and what left the view is called off", async () => {
  const { load, asked } = server(100_000);
  const buffer = new LogBuffer(load);
  await buffer.open({ position: 0 });
  buffer.ensure(50_000, 50_040);
  buffer.ensure(80_000, 80_040);
  buffer.ensure(80_000, 80_040);
  await settle();
  expect(buffer.lineAt(80_010)?.message).toBe("line 80010");
  expect(buffer.lineAt(50_010)).toBeUndefined();
  expect(asked).toHaveLength(3);
});

test("memory stays bounded while one scrolls through everything", async () => {
  const buffer = new LogBuffer(server(100_000).load);
  await buffer.open({ position: 0 });
  for (let at = 0; at < 100_000; at += PAGE_LINES) {
    buffer.ensure(at, at + 40);
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
  }
  await settle();
  let held = 0;
  for (let at = 0; at < 100_000; at++) if (buffer.lineAt(at)) held++;
  expect(held).toBeLessThanOrEqual(60 * PAGE_LINES);
  expect(held).toBeGreaterThan(PAGE_LINES);
});

test("new lines are appended", async () => {
  const { load, lines } = server(1000);
  const buffer = new LogBuffer(load);
  await buffer.open({ tail: true });
  for (let n = 1000; n < 1100; n++) lines.push(lineOf(n));
  await buffer.refresh();
  expect(buffer.total).toBe(1100);
  expect(buffer.lineAt(1099)?.message).toBe("line 1099");
});

test("a line that came late moves the others to their new places", async () => {
  const { load, lines } = server(1000);
  const buffer = new LogBuffer(load);
  await buffer.open({ tail: true });
  lines.splice(990, 0, lineOf(5000, "late"));
  await buffer.refresh();
  expect(buffer.total).toBe(1001);
  expect(buffer.lineAt(990)?.id).toBe("late");
  expect(buffer.lineAt(991)?.id).toBe("id-990");
});

test("a server that was away is asked again, and nothing is lost", async () => {
  vi.useFakeTimers();
  const { load, lines, state, asked } = server(1000);
  const buffer = new LogBuffer(load);
  await buffer.open({ tail: true });
  state.fails = true;
  await buffer.refresh();
  expect(buffer.error).toBeInstanceOf(Error);
  const before = asked.length;
  buffer.ensure(0, 10);
  expect(asked).toHaveLength(before);
  lines.push(lineOf(1000));
  state.fails = false;
  await vi.advanceTimersByTimeAsync(600);
  expect(buffer.error).toBeUndefined();
  expect(buffer.lineAt(1000)?.message).toBe("line 1000");
});

test("a log of nothing is empty, not an error", async () => {
  const buffer = new LogBuffer(server(0).load);
  await buffer.open({ tail: true });
  expect(buffer.total).toBe(0);
  buffer.ensure(0, 40);
  expect(buffer.error).toBeUndefined();
});
