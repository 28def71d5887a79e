import { expect, test } from "vitest";
import { listed, type Outcome, type Progress, paged, start, type Target } from "./loop";

const targets = (count: number, from = 0): Target[] =>
  Array.from({ length: count }, (_, index) => ({ id: `r${from + index}`, name: `run-${from + index}` }));
const done = async (some: readonly Target[]): Promise<Outcome[]> => some.map(({ id }) => ({ id }));

function recorder() {
  const seen: Progress[] = [];
  return { seen, onProgress: (progress: Progress) => seen.push(progress) };
}

test("at most so many at once, and it tells how far it is", async () => {
  const { seen, onProgress } = recorder();
  const sizes: number[] = [];
  const act = (some: readonly Target[]) => {
    sizes.push(some.length);
    return done(some);
  };
  const end = await start({ next: listed(targets(120)), act, total: 120, atOnce: 50, onProgress }).finished;
  expect(sizes).toEqual([50, 50, 20]);
  expect(seen.map((progress) => progress.done)).toEqual([0, 50, 100, 120, 120]);
  expect(end).toMatchObject({ phase: "done", done: 120, refused: 0 });
});

test("what is refused is told by reasons, with examples; what has no answer is gone", async () => {
  const act = async (some: readonly Target[]): Promise<Outcome[]> =>
    some.slice(1).map(({ id }, index) => (index < 5 ? { id, refused: "It has ended." } : { id }));
  const end = await start({ next: listed(targets(8)), act, total: 8, atOnce: 50, onProgress: () => {} })
    .finished;
  expect(end).toMatchObject({ done: 2, refused: 6 });
  expect(end.reasons.map(({ text, count, examples }) => [text, count, examples.length])).toEqual([
    ["It is not there any more.", 1, 1],
    ["It has ended.", 5, 3],
  ]);
});

test("it stops between two calls, and says what was done until then", async () => {
  const { onProgress } = recorder();
  let calls = 0;
  const work = start({
    next: listed(targets(500)),
    act: async (some) => {
      calls += 1;
      if (calls === 2) work.stop();
      return await done(some);
    },
    total: 500,
    atOnce: 50,
    onProgress,
  });
  expect(await work.finished).toMatchObject({ phase: "stopped", done: 100 });
  expect(calls).toBe(2);
});

test("an error ends it, and what was done before is not forgotten", async () => {
  const failure = new Error("The server cannot be reached.");
  let calls = 0;
  const act = async (some: readonly Target[]) => {
    calls += 1;
    if (calls === 2) throw failure;
    return await done(some);
  };
  const end = await start({ next: listed(targets(90)), act, total: 90, atOnce: 50, onProgress: () => {} })
    .finished;
  expect(end).toMatchObject({ phase: "failed", done: 50, error: failure });
});

test("all that a list finds is gone through, stretch by stretch, also past empty ones", async () => {
  const stretches: Record<string, { targets: Target[]; next: string | null }> = {
    "": { targets: targets(60), next: "1" },
    "1": { targets: [], next: "2" },
    "2": { targets: targets(3, 60), next: null },
  };
  const next = paged(async (cursor) => stretches[cursor ?? ""] ?? { targets: [], next: null });
  const end = await start({ next, act: done, total: undefined, atOnce: 50, onProgress: () => {} }).finished;
  expect(end).toMatchObject({ phase: "done", done: 63 });
});
