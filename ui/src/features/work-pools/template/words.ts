// What the values of keywords are called.

export const MERGE_LABELS = { replace: "replace", keys: "key by key", append: "append" } as const;
export const OVERRIDABLE_LABELS = {
  run: "in runs too",
  deployment: "in deployments",
  never: "never",
} as const;

export const MERGE_DETAILS = {
  replace: "The highest level that says something counts.",
  keys: "Each key is taken from the highest level that has it; null takes it away.",
  append: "Lists of higher levels come behind.",
};
export const OVERRIDABLE_DETAILS = {
  run: "Deployments and runs may set it.",
  deployment: "Deployments may set it, runs may not.",
  never: "Only the pool says what it is.",
};
