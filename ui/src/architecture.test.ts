import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const SRC = "src";
/** Lines of a component's file, and of one of plain code. */
const LONGEST = { ".tsx": 250, ".ts": 300 };
const SERVER = ["lib/api", "lib/query", "lib/live"];
const WIDGETS = ["event-view", "job-variables", "schema-form", "run-graph", "log-view"];

/** What may be taken of lib/api by everybody: where it is, and what its errors are. */
const HARMLESS = /import \{\s*((ApiError|apiUrl|type \w+),?\s*)+\} from "@\/lib\/api"/;

interface Source {
  path: string;
  lines: number;
  /** What it imports of ours, from src; `isType` where only types are, or what calls nobody. */
  imports: { path: string; isType: boolean }[];
}

const IMPORT =
  /^\s*(?:import|export)\s+(type\s)?[^"';]*?from\s+"([^"]+)"|import\(\s*"([^"]+)"|^import\s+"([^"]+)"/gm;

function read(path: string): Source {
  const text = readFileSync(join(SRC, path), "utf8");
  const imports = [...text.matchAll(IMPORT)].flatMap(([whole, type, from, lazy, bare]) => {
    const name = from ?? lazy ?? bare ?? "";
    const isType = type !== undefined || HARMLESS.test(whole);
    if (name.startsWith("@/")) return [{ path: name.slice(2), isType }];
    if (name.startsWith(".")) return [{ path: relative(SRC, join(SRC, dirname(path), name)), isType }];
    return [];
  });
  return { path, lines: text.trimEnd().split("\n").length, imports };
}

const sources = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"))
  .map(read);
const code = sources.filter(({ path }) => !/\.test\.tsx?$/.test(path) && !path.startsWith("test/"));

const ORDER = ["lib", "design", "widgets", "features", "pages", "app"] as const;
type Layer = (typeof ORDER)[number];

function layerOf(path: string): Layer {
  const [top = ""] = path.split("/");
  if (top === "lib" || top === "api") return "lib";
  if (top === "design") return "design";
  if (WIDGETS.includes(top)) return "widgets";
  if (top === "features") return "features";
  if (top === "routes" || top === "shell") return "pages";
  return "app";
}

/** "a imports b", for each import that the rule does not allow. */
function broken(allowed: (from: string, to: string, isType: boolean) => boolean): string[] {
  return code.flatMap(({ path, imports }) =>
    imports
      .filter((each) => !allowed(path, each.path, each.isType))
      .map((each) => `${path} imports ${each.path}`),
  );
}

describe("layers", () => {
  test("nothing imports from above itself", () => {
    const rank = (path: string) => ORDER.indexOf(layerOf(path));
    // An icon and the tokens lie beside the entry, and belong to nobody.
    const isAsset = (path: string) => /\.(svg|css)$/.test(path);
    expect(broken((from, to) => isAsset(to) || rank(to) <= rank(from))).toEqual([]);
  });

  test("features don't know one another, and widgets neither", () => {
    const owner = (path: string) =>
      path
        .split("/")
        .slice(0, layerOf(path) === "features" ? 2 : 1)
        .join("/");
    const closed: Layer[] = ["features", "widgets"];
    expect(
      broken(
        (from, to) =>
          !closed.includes(layerOf(to)) || layerOf(from) !== layerOf(to) || owner(from) === owner(to),
      ),
    ).toEqual([]);
  });

  test("only queries call the API, and live and sign-in's redirect hang on it", () => {
    const may = (from: string) => /(^|\/)queries\.ts$/.test(from) || layerOf(from) === "lib";
    expect(broken((from, to, isType) => to !== "lib/api" || isType || may(from))).toEqual([]);
  });

  test("design and widgets know no server", () => {
    const blind: Layer[] = ["design", "widgets"];
    expect(
      broken((from, to, isType) => {
        return isType || !blind.includes(layerOf(from)) || !SERVER.includes(to);
      }),
    ).toEqual([]);
  });

  test("pages are lazy: only the route table knows them", () => {
    expect(broken((from, to) => !to.startsWith("routes/") || from === "router.tsx")).toEqual([]);
  });
});

test("lib has no components", () => {
  expect(
    code.filter(({ path }) => path.startsWith("lib/") && path.endsWith(".tsx")).map(({ path }) => path),
  ).toEqual([]);
});

test("no file is long", () => {
  const isLong = ({ path, lines }: Source) => lines > LONGEST[path.endsWith(".tsx") ? ".tsx" : ".ts"];
  expect(code.filter(isLong).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
});
