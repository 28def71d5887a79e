// The corpus as Python makes it now; see make.py.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { isList, isMap, type Json, type JsonMap, parseJson } from "@/lib/exact-json";

export interface Shape {
  readonly name: string;
  readonly schema: JsonMap;
  readonly values: readonly JsonMap[];
}

/** Asks the Python of $PYTHON, else of `make setup`, which has penstock and pydantic. */
export function readCorpus(): Shape[] {
  const local = "../.venv/bin/python";
  const python = process.env.PYTHON ?? (existsSync(local) ? local : "python3");
  const text = execFileSync(python, ["src/schema-form/corpus/make.py"], { maxBuffer: 64 * 1024 * 1024 });
  const shapes = parseJson(text.toString());
  return (isList(shapes) ? shapes : []).filter(isMap).map(shapeOf);
}

function shapeOf(shape: ReadonlyMap<string, Json>): Shape {
  const values = shape.get("values");
  const schema = shape.get("schema");
  if (!isList(values) || !isMap(schema)) throw new Error("make.py prints something else than shapes");
  return { name: String(shape.get("name")), schema, values: values.filter(isMap) };
}
