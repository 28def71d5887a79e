import { describe, expect, test } from "vitest";
import { parseAnsi, stripAnsi } from "./ansi";
import { canFold, fold } from "./folding";
import { patternOf, splitBy, wordsOf } from "./highlight";
import { hitFrom, hitStep, marksPath } from "./hits";
import { LineHeights } from "./line-heights";
import { choiceFrom, choiceToSearch, filterOf, levelName, rangeFrom, rangeToHash } from "./log-state";
import { MAX_ELEMENT_PX, ScrollMap } from "./scroll-map";

const ESC = "\u001b";

describe("colours of a terminal", () => {
  test("sixteen, bright, bold, and back", () => {
    expect(parseAnsi(`a ${ESC}[1;31mred${ESC}[0m b`)).toEqual([
      { text: "a ", style: null },
      { text: "red", style: { bold: true, color: "var(--danger)" } },
      { text: " b", style: null },
    ]);
    expect(parseAnsi(`${ESC}[92mok${ESC}[39m.`).map(({ style }) => style)).toEqual([
      { color: "var(--success)" },
      null,
    ]);
  });
  test("256 and true colours can be read in both themes", () => {
    expect(parseAnsi(`${ESC}[38;5;208mx`)[0]?.style?.color).toBe(
      "color-mix(in oklab, rgb(255 135 0) 60%, var(--text))",
    );
    expect(parseAnsi(`${ESC}[38;2;1;2;300mx`)[0]?.style?.color).toContain("rgb(1 2 255)");
    expect(parseAnsi(`${ESC}[38;5;244;1mx`)[0]?.style).toMatchObject({ bold: true });
    expect(parseAnsi(`${ESC}[48;5;1mx`)[0]?.style?.background).toContain("var(--danger)");
  });
  test("inverse swaps ink and ground", () => {
    expect(parseAnsi(`${ESC}[32;7mx`)[0]?.style).toEqual({
      color: "var(--surface)",
      background: "var(--success)",
    });
  });
  test("nothing else of a terminal gets through", () => {
    const hostile = `${ESC}]0;title\u0007a${ESC}[2J${ESC}[10;5Hb${ESC}]8;;https://x.test${ESC}\\link${ESC}]8;;${ESC}\\${ESC}Pq\u0001${ESC}\\c\u0008\u0000${ESC}(B`;
    expect(stripAnsi(hostile)).toBe("ablinkc");
    expect(
      parseAnsi(hostile)
        .map(({ text }) => text)
        .join(""),
    ).toBe("ablinkc");
    expect(stripAnsi(`cut ${ESC}[3`)).not.toContain(ESC);
  });
  test("unknown codes change nothing", () => {
    expect(parseAnsi(`${ESC}[31m${ESC}[73mx`)[0]?.style).toEqual({ color: "var(--danger)" });
  });
});

describe("folding", () => {
  const trace = [
    "Traceback (most recent call last):",
    ...Array.from({ length: 20 }, (_, i) => `  at ${i}`),
    "ValueError: no",
  ];
  test("a trace is what it is and what was raised", () => {
    expect(canFold(trace.join("\n"))).toBe(true);
    expect(fold(`${trace.join("\n")}\n`, false)).toEqual({ lines: [trace[0], "ValueError: no"], hidden: 20 });
    expect(fold(trace.join("\n"), true).lines).toHaveLength(22);
  });
  test("a few lines stay", () => {
    expect(canFold("a\nb\nc")).toBe(false);
    expect(fold("a\r\nb", false)).toEqual({ lines: ["a", "b"], hidden: 0 });
  });
});

describe("heights of a million lines", () => {
  test("are known without having seen them", () => {
    const heights = new LineHeights(20);
    heights.resize(1_000_000);
    expect(heights.height).toBe(20_000_000);
    expect(heights.offsetOf(999_999)).toBe(19_999_980);
    expect(heights.indexAt(19_999_999)).toBe(999_999);
  });
  test("change where lines are higher", () => {
    const heights = new LineHeights(20);
    heights.resize(10_000);
    expect(heights.set(5000, 60)).toBe(40);
    expect(heights.set(5000, 60)).toBe(0);
    heights.set(5001, 100);
    expect(heights.offsetOf(5000)).toBe(100_000);
    expect(heights.offsetOf(5001)).toBe(100_060);
    expect(heights.offsetOf(9999)).toBe(9999 * 20 + 120);
    expect(heights.indexAt(100_059)).toBe(5000);
    expect(heights.indexAt(100_060)).toBe(5001);
    expect(heights.height).toBe(200_120);
    heights.resize(500_000);
    expect(heights.height).toBe(10_000_120);
    heights.resize(100);
    expect(heights.height).toBe(2000);
    heights.resize(10_000);
    expect(heights.height).toBe(200_000);
  });
});

describe("a scroll bar for more lines than an element can be high", () => {
  test("is the plain one while they fit", () => {
    const map = new ScrollMap();
    map.resize(100_000, 500);
    expect(map.barHeight).toBe(100_000);
    expect(map.scrolled(1234)).toBe(1234);
    expect(map.place(2000)).toBe(2000);
  });
  test("reaches the first and the last of a million", () => {
    const map = new ScrollMap();
    map.resize(20_000_000, 600);
    expect(map.barHeight).toBe(MAX_ELEMENT_PX);
    expect(map.scrolled(MAX_ELEMENT_PX - 600)).toBe(20_000_000 - 600);
    expect(map.scrolled(0)).toBe(0);
    expect(map.scrolled((MAX_ELEMENT_PX - 600) / 2)).toBeCloseTo((20_000_000 - 600) / 2);
  });
  test("jumps over no line when the wheel is turned", () => {
    const map = new ScrollMap();
    map.resize(20_000_000, 600);
    const bar = map.goTo(9_000_000);
    expect(map.scrolled(bar + 100)).toBe(9_000_100);
    expect(map.scrolled(bar + 50)).toBe(9_000_050);
    const seenAt = map.place(9_000_060) - (bar + 50);
    expect(seenAt).toBe(10);
    const settled = map.settled();
    expect(map.place(9_000_060) - settled).toBe(10);
  });
});

describe("search", () => {
  test("words are read as the server reads them", () => {
    expect(wordsOf('error -debug +must "two words" -"not this"')).toEqual(["error", "must", "two words"]);
    expect(splitBy("An Error (x+y) error", patternOf("error x+y"))).toEqual([
      "An ",
      "Error",
      " (",
      "x+y",
      ") ",
      "error",
      "",
    ]);
    expect(patternOf("-only")).toBeNull();
  });
  test("hits are found from where one reads, and go around", () => {
    expect(hitFrom([5, 10, 15], 7)).toBe(1);
    expect(hitFrom([5, 10, 15], 99)).toBe(0);
    expect(hitFrom([], 1)).toBe(-1);
    expect(hitStep(3, 2, 1)).toBe(0);
    expect(hitStep(3, 0, -1)).toBe(2);
    expect(hitStep(0, -1, 1)).toBe(-1);
  });
  test("many marks are few strokes", () => {
    const path = marksPath(
      Array.from({ length: 10_000 }, (_, i) => i * 100),
      1_000_000,
      500,
      8,
    );
    expect(path.split("M").length).toBeLessThan(260);
  });
});

describe("the address", () => {
  test("holds the choice, and gives it back", () => {
    const search = { level: "30", logger: "a", task: ["t1", "t2"], find: "boom", only: "true", line: "id" };
    const choice = choiceFrom(search);
    expect(choice).toMatchObject({
      level: 30,
      loggers: ["a"],
      tasks: ["t1", "t2"],
      find: "boom",
      only: true,
      line: "id",
    });
    expect(choiceFrom(choiceToSearch(choice) as never)).toEqual(choice);
    expect(filterOf(choice)).toEqual({
      min_level: 30,
      loggers: ["a"],
      task_run_ids: ["t1", "t2"],
      text: "boom",
    });
    expect(filterOf(choiceFrom({}))).toBeUndefined();
    expect(filterOf(choiceFrom({ outside: "1" }), ["t9"])).toEqual({ task_run_ids: ["t9"] });
  });
  test("points at lines", () => {
    expect(rangeFrom("#L1042")).toEqual({ from: 1042, to: 1042 });
    expect(rangeFrom("L20-L10")).toEqual({ from: 10, to: 20 });
    expect(rangeFrom("#L0")).toBeNull();
    expect(rangeFrom("#section")).toBeNull();
    expect(rangeToHash({ from: 3, to: 9 })).toBe("L3-L9");
  });
  test("levels have names between the standard ones", () => {
    expect([5, 10, 25, 35, 99].map(levelName)).toEqual(["TRACE", "DEBUG", "INFO", "WARNING", "CRITICAL"]);
  });
});
