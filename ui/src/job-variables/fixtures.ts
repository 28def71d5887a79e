import type { Declaration, Explanation, Json, JsonObject, Leaf, Problem } from "./json";

// Explanations as the server answers them, for the tests of this folder.

type Said = [layer: string, value: Json];

export function leaf(path: string, said: Said[], more: Partial<Leaf> = {}): Leaf {
  const [variable = "", key] = path.split(".");
  const last = said.at(-1);
  const rule = more.rule ?? (key === undefined ? "replace" : "keys");
  const isRemoved = rule === "keys" && last?.[1] === null;
  return {
    path,
    layer: last?.[0] ?? "",
    rule,
    said: said.map(([layer, value]) => ({ layer, value })),
    ...(isRemoved ? {} : { value: last?.[1] }),
    variable,
    ...(key === undefined ? {} : { key }),
    ...more,
  };
}

export function explanation(
  leaves: Leaf[],
  more: { errors?: Problem[]; warnings?: Problem[]; origins?: Record<string, string>; job?: JsonObject } = {},
): Explanation {
  return {
    errors: more.errors ?? [],
    complete: true,
    job: {
      hash: "0".repeat(64),
      template_version: "1".repeat(64),
      variables: {},
      job_configuration: more.job ?? { env: {} },
      leaves,
      ...(more.warnings ? { warnings: more.warnings } : {}),
      ...(more.origins ? { origins: more.origins } : {}),
    },
  };
}

export function declared(
  name: string,
  schema: JsonObject = {},
  more: Partial<Declaration> = {},
): Declaration {
  return {
    name,
    title: null,
    description: null,
    schema,
    merge: name === "env" ? "keys" : "replace",
    required: false,
    secret: false,
    used: true,
    overridable: "run",
    ...more,
  };
}

export const DECLARATIONS: Declaration[] = [
  declared("image", { type: "string" }),
  declared("env", { type: "object", additionalProperties: true }),
  declared("cpu_limit", { type: "number", minimum: 0.1 }),
  declared("tolerations", { type: "array" }, { merge: "append" }),
  declared("command", { anyOf: [{ type: "string" }, { type: "null" }] }, { overridable: "never" }),
  declared("registry_password", { type: "string", format: "password" }, { secret: true }),
];

/** The table of the specification. */
export function story(): Explanation {
  return explanation(
    [
      leaf("image", [
        ["pool", "acme/base:1"],
        ["deployment", "acme/etl:42"],
      ]),
      leaf("env.LOG_LEVEL", [
        ["pool", "INFO"],
        ["deployment", "DEBUG"],
        ["run", "TRACE"],
      ]),
      leaf("env.REGION", [["pool", "eu-west-1"]]),
      leaf("env.DB_PASSWORD", [["deployment", "{{ penstock.secrets.db }}"]]),
      leaf("env.OLD_FLAG", [
        ["pool", "1"],
        ["deployment", null],
      ]),
      leaf("env.TZ", [["fixed", "UTC"]]),
      leaf("cpu_limit", [
        ["pool", 1],
        ["deployment", 2],
        ["run", "lots"],
      ]),
      leaf(
        "tolerations",
        [
          ["pool", ["spot"]],
          ["deployment", ["gpu"]],
        ],
        { rule: "append", value: ["spot", "gpu"] },
      ),
      leaf("regoin", [["deployment", "eu"]]),
      leaf("job_configuration.service_account", [["fixed", "runner"]], {
        rule: "fixed",
        variable: null,
        key: null,
      }),
    ],
    {
      errors: [
        {
          path: "cpu_limit",
          rule: "type",
          message: "must be number, not string.",
          layer: "run",
          value_type: "string",
        },
      ],
      warnings: [
        { path: "regoin", rule: "undeclared", message: "the pool does not declare it.", layer: "deployment" },
        { path: "", rule: "more", message: "and 3 more." },
      ],
      origins: { run: "cli" },
    },
  );
}
