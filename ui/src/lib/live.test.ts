// @vitest-environment jsdom
import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLive, type Live, waitBefore } from "./live";

class Source extends EventTarget {
  static all: Source[] = [];
  closed = false;
  constructor(readonly url: string) {
    super();
    Source.all.push(this);
  }
  close() {
    this.closed = true;
  }
  open() {
    this.dispatchEvent(new Event("open"));
  }
  fail() {
    this.dispatchEvent(new Event("error"));
  }
  change(data: unknown) {
    this.dispatchEvent(new MessageEvent("change", { data: JSON.stringify(data) }));
  }
  resync() {
    this.dispatchEvent(new MessageEvent("resync", { data: "{}" }));
  }
}

let client: QueryClient;
let live: Live;
let stop: () => void;
const now = () => Source.all.at(-1) ?? new Source("");

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Source);
  Source.all = [];
  client = new QueryClient();
  live = createLive(client, (lookBack) => `/api/live?look_back=${lookBack}`);
  stop = live.start();
});
afterEach(() => {
  stop();
  client.clear();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function watch(key: unknown[], fetch: () => Promise<unknown> = async () => 1, meta = {}) {
  const queryFn = vi.fn(fetch);
  const staleTime = Number.POSITIVE_INFINITY;
  const observer = new QueryObserver(client, { queryKey: key, queryFn, staleTime, meta });
  observer.subscribe(() => {});
  return queryFn;
}

function hide(hidden: boolean) {
  vi.spyOn(document, "hidden", "get").mockReturnValue(hidden);
  document.dispatchEvent(new Event("visibilitychange"));
}

test("a change asks again for lists of the noun and for the ids that changed", async () => {
  const [list, one, other, flows] = [
    watch(["flow_runs", { state: "FAILED" }]),
    watch(["flow_runs", "a"]),
    watch(["flow_runs", "b", "logs"]),
    watch(["flows"]),
  ];
  now().open();
  await vi.advanceTimersByTimeAsync(10);
  now().change({ flow_runs: ["a"] });
  await vi.advanceTimersByTimeAsync(2000);
  expect([list, one, other, flows].map((fetch) => fetch.mock.calls.length)).toEqual([2, 2, 1, 1]);
  now().change({ flow_runs: "*" });
  await vi.advanceTimersByTimeAsync(2000);
  expect([list, one, other, flows].map((fetch) => fetch.mock.calls.length)).toEqual([3, 3, 2, 1]);
});

test("many changes are one question", async () => {
  const list = watch(["flow_runs"]);
  now().open();
  await vi.advanceTimersByTimeAsync(10);
  for (let n = 0; n < 50; n += 1) now().change({ flow_runs: [`${n}`] });
  await vi.advanceTimersByTimeAsync(2000);
  expect(list).toHaveBeenCalledTimes(2);
});

test("a slow answer is not thrown away, and what changed meanwhile is asked for after it", async () => {
  const list = watch(["flow_runs"], () => new Promise((done) => setTimeout(done, 5000, "rows")));
  now().open();
  for (let n = 0; n < 4; n += 1) {
    now().change({ flow_runs: ["a"] });
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(list).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1100);
  expect(client.getQueryData(["flow_runs"])).toBe("rows");
  await vi.advanceTimersByTimeAsync(1100);
  expect(list).toHaveBeenCalledTimes(2);
});

test("what changed before the first connection is asked of the server, and not again of a later one", async () => {
  await vi.advanceTimersByTimeAsync(4100 - performance.now());
  stop();
  live = createLive(client, (lookBack) => `/api/live?look_back=${lookBack}`);
  stop = live.start();
  expect(now().url).toBe("/api/live?look_back=10");
  now().open();
  now().fail();
  await vi.advanceTimersByTimeAsync(600);
  expect(now().url).toBe("/api/live?look_back=0");
});

test("what changed before a first connection that came late may be anything", async () => {
  const list = watch(["flows"]);
  await vi.advanceTimersByTimeAsync(5500);
  now().open();
  await vi.advanceTimersByTimeAsync(10);
  expect(list).toHaveBeenCalledTimes(2);
});

test("when the server comes back everything is asked again", async () => {
  const [list, logs] = [watch(["flows"]), vi.fn()];
  live.onChange("logs", logs);
  now().open();
  await vi.advanceTimersByTimeAsync(10);
  expect(list).toHaveBeenCalledTimes(1);
  now().fail();
  expect(live.state.get().status).toBe("reconnecting");
  await vi.advanceTimersByTimeAsync(600);
  now().fail();
  await vi.advanceTimersByTimeAsync(1100);
  now().fail();
  expect(live.state.get().status).toBe("offline");
  await vi.advanceTimersByTimeAsync(2100);
  expect(Source.all).toHaveLength(4);
  now().open();
  await vi.advanceTimersByTimeAsync(10);
  expect(live.state.get().status).toBe("live");
  expect(list).toHaveBeenCalledTimes(2);
  expect(logs).toHaveBeenCalledExactlyOnceWith("*");
});

test("what follows another noun too is asked again when that changes", async () => {
  const [follower, other] = [
    watch(["deployments", "d"], async () => 1, { follows: ["work_pools"] }),
    watch(["deployments", "e"]),
  ];
  now().open();
  await vi.advanceTimersByTimeAsync(10);
  now().change({ work_pools: ["p"] });
  await vi.advanceTimersByTimeAsync(2000);
  expect(follower).toHaveBeenCalledTimes(2);
  expect(other).toHaveBeenCalledTimes(1);
});

test("paused, nothing moves; what was missed is counted, and asked for on resuming", async () => {
  const [list, listener] = [watch(["flow_runs"]), vi.fn()];
  live.onChange("flow_runs", listener);
  now().open();
  await vi.advanceTimersByTimeAsync(10);
  live.pause();
  now().change({ flow_runs: ["a", "b"], logs: "*" });
  await vi.advanceTimersByTimeAsync(2000);
  expect(list).toHaveBeenCalledTimes(1);
  expect(listener).not.toHaveBeenCalled();
  expect(live.state.get()).toMatchObject({ paused: true, missed: 3 });
  live.resume();
  await vi.advanceTimersByTimeAsync(10);
  expect(list).toHaveBeenCalledTimes(2);
  expect(live.state.get()).toMatchObject({ paused: false, missed: 0 });
});

test("when the server could not tell all that changed everything is asked again", async () => {
  const [list, logs] = [watch(["flows"]), vi.fn()];
  live.onChange("logs", logs);
  now().open();
  await vi.advanceTimersByTimeAsync(10);
  now().resync();
  await vi.advanceTimersByTimeAsync(10);
  expect(list).toHaveBeenCalledTimes(2);
  expect(logs).toHaveBeenCalledExactlyOnceWith("*");
  live.pause();
  now().resync();
  await vi.advanceTimersByTimeAsync(10);
  expect(list).toHaveBeenCalledTimes(2);
  expect(live.state.get()).toMatchObject({ paused: true, missed: 1 });
});

test("a tab that nobody looks at lets go of its connection and takes it up again", async () => {
  now().open();
  hide(true);
  await vi.advanceTimersByTimeAsync(9000);
  expect(now().closed).toBe(false);
  await vi.advanceTimersByTimeAsync(2000);
  expect(now().closed).toBe(true);
  hide(false);
  expect(Source.all).toHaveLength(2);
  now().open();
  expect(live.state.get().status).toBe("live");
});

test("a short look away changes nothing", async () => {
  now().open();
  hide(true);
  await vi.advanceTimersByTimeAsync(5000);
  hide(false);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(Source.all).toHaveLength(1);
  expect(now().closed).toBe(false);
});

test("waits grow, are spread, and end at twenty seconds", () => {
  expect([0, 1, 2, 10].map((n) => waitBefore(n, 1))).toEqual([500, 1000, 2000, 20_000]);
  expect(waitBefore(3, 0)).toBe(2000);
});

test("what cannot be read is left alone", async () => {
  const list = watch(["flow_runs"]);
  now().open();
  await vi.advanceTimersByTimeAsync(10);
  now().dispatchEvent(new MessageEvent("change", { data: "nonsense" }));
  now().change({ flow_runs: 3 });
  await vi.advanceTimersByTimeAsync(2000);
  expect(list).toHaveBeenCalledTimes(1);
});
