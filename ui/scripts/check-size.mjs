// Measures what the browser fetches, gzipped: at the first page, and for each lazy chunk. Fails over budget.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const INITIAL_KB = 180;
const CHUNK_KB = 120;

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), "../src/penstock/ui_dist");
const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
const kb = (file) => gzipSync(readFileSync(join(dist, file))).length / 1024;

function withImports(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const other of manifest[key].imports ?? []) withImports(other, seen);
  return seen;
}

const entries = Object.keys(manifest).filter((key) => manifest[key].isEntry);
const initial = new Set(entries.flatMap((key) => [...withImports(key)]));
const isScript = (key) => manifest[key].file.endsWith(".js");
const initialKb = [...initial].filter(isScript).reduce((sum, key) => sum + kb(manifest[key].file), 0);
const styles = new Set([...initial].flatMap((key) => manifest[key].css ?? []));
const styleKb = [...styles].reduce((sum, file) => sum + kb(file), 0);
const lazy = Object.keys(manifest)
  .filter((key) => !initial.has(key) && isScript(key))
  .map((key) => ({ name: manifest[key].name ?? key, size: kb(manifest[key].file) }))
  .sort((a, b) => b.size - a.size);

const row = (name, size, budget) =>
  process.stdout.write(`${size > budget ? "OVER " : "     "}${size.toFixed(1).padStart(7)} KB  ${name}\n`);
process.stdout.write("gzipped:\n");
row(`initial script (budget ${INITIAL_KB})`, initialKb, INITIAL_KB);
row("initial style", styleKb, Number.POSITIVE_INFINITY);
for (const { name, size } of lazy) row(`lazy: ${name}`, size, CHUNK_KB);
if (initialKb > INITIAL_KB || lazy.some(({ size }) => size > CHUNK_KB)) {
  process.stdout.write(`A lazy chunk may have ${CHUNK_KB} KB, the initial script ${INITIAL_KB} KB.\n`);
  process.exit(1);
}
