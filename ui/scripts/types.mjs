// Writes openapi.json, src/api/contract.d.ts and the schema of automations from the Python contract. With --if-older only when the contract
// has changed since. PYTHON says which interpreter has penstock; ../.venv/bin/python is what `make setup` makes.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";
import { shapesByDirection } from "./shapes.mjs";

const ui = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(ui, "src/api/contract.d.ts");

function newestSource() {
  const folders = ["contract", "domain"].map((name) => join(ui, "../src/penstock", name));
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .filter((name) => name.endsWith(".py"))
      .map((name) => join(folder, name)),
  );
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

if (process.argv.includes("--if-older") && existsSync(target) && statSync(target).mtimeMs > newestSource()) {
  process.exit(0);
}
const local = join(ui, "../.venv/bin/python");
const python = process.env.PYTHON ?? (existsSync(local) ? local : "python3");
const document = execFileSync(python, [join(ui, "scripts/openapi.py")], { maxBuffer: 64 * 1024 * 1024 });
writeFileSync(join(ui, "openapi.json"), document);
const types = await openapiTS(shapesByDirection(JSON.parse(document.toString())), {
  alphabetize: true,
  defaultNonNullable: false,
  emptyObjectsUnknown: true,
});
const schema = execFileSync(python, [join(ui, "scripts/automation_schema.py")]);
writeFileSync(join(ui, "src/features/automations/schema.json"), schema);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, `// Made by \`npm run types\` from the Python contract.\n${astToString(types)}`);
