// Tells what is sent from what is received. A field with a default may be left out of a request but is always there
// in an answer, unless its kind is sparse (x-sparse). OpenAPI has one schema for both, so a schema that travels both
// ways is split into Name and NameSent.
const REF = "#/components/schemas/";

function* refsIn(node) {
  if (Array.isArray(node)) for (const item of node) yield* refsIn(item);
  else if (node && typeof node === "object") {
    for (const [key, value] of Object.entries(node)) {
      if (key === "$ref" && typeof value === "string" && value.startsWith(REF)) yield value.slice(REF.length);
      else yield* refsIn(value);
    }
  }
}

function reachable(roots, schemas) {
  const seen = new Set();
  const open = [...refsIn(roots)];
  for (let name = open.pop(); name; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...refsIn(schemas[name]));
  }
  return seen;
}

function renamed(node, names) {
  if (Array.isArray(node)) return node.map((item) => renamed(item, names));
  if (!node || typeof node !== "object") return node;
  const entries = Object.entries(node).map(([key, value]) => {
    const name = key === "$ref" && typeof value === "string" ? value.slice(REF.length) : "";
    return [key, names.has(name) ? `${REF}${name}Sent` : renamed(value, names)];
  });
  return Object.fromEntries(entries);
}

function complete(schema) {
  if (!schema.properties) return schema;
  const always = Object.keys(schema.properties).filter((name) => "default" in schema.properties[name]);
  return { ...schema, required: [...new Set([...(schema.required ?? []), ...always])] };
}

export function shapesByDirection(document) {
  const schemas = document.components.schemas;
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const sent = reachable(
    operations.map((operation) => operation.requestBody),
    schemas,
  );
  const received = reachable(
    operations.map((operation) => operation.responses),
    schemas,
  );
  const sparse = new Set(document["x-sparse"]);
  const both = new Set([...sent].filter((name) => received.has(name)));
  for (const operation of operations) operation.requestBody = renamed(operation.requestBody, both);
  const result = {};
  for (const [name, schema] of Object.entries(schemas)) {
    if (both.has(name)) result[`${name}Sent`] = renamed(schema, both);
    const isSentOnly = sent.has(name) && !both.has(name);
    result[name] = isSentOnly ? renamed(schema, both) : sparse.has(name) ? schema : complete(schema);
  }
  document.components.schemas = result;
  return document;
}
