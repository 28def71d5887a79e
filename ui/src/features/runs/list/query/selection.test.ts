import { expect, test } from "vitest";
import { filterTextOf, isBare } from "../address";
import { readSort, sortOf, writeSort } from "../rows";
import { parse } from "./parse";
import { NO_IDS, namesToFind, selectionOf } from "./selection";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const ID = "01a22141-63d2-78b6-bd94-40c42c90a54e";
const asked = (text: string, ids = NO_IDS) => selectionOf(parse(`since:all ${text}`, "utc").filter, ids, NOW);

test("times are bounds of the expected start", () => {
  const bounds = (text: string) => selectionOf(parse(text, "utc").filter, NO_IDS, NOW).flow_runs;
  expect(bounds("since:1h")).toEqual({
    expected_start_time: { after_: "2026-11-28T11:00:00.000Z", before_: "2026-11-28T12:01:00.000Z" },
  });
  expect(bounds("next:24h")).toEqual({
    expected_start_time: { after_: "2026-11-28T12:00:00.000Z", before_: "2026-11-29T12:00:00.000Z" },
  });
  expect(bounds("since:all")).toBeUndefined();
});

test("states are types, names, or one of both", () => {
  expect(asked("state:failed,crashed").flow_runs).toEqual({
    state: { type: { any_: ["FAILED", "CRASHED"] } },
  });
  expect(asked("state:late").flow_runs).toEqual({
    state: { name: { any_: ["Late"] }, type: { any_: ["SCHEDULED"] } },
  });
  expect(asked("state:failed,late").flow_runs).toEqual({
    state: { operator: "or_", type: { any_: ["FAILED"] }, name: { any_: ["Late"] } },
  });
  expect(asked('state:"My own"').flow_runs).toEqual({ state: { name: { any_: ["My own"] } } });
});

test("what is left out is found by any of it", () => {
  const text = "-state:completed -tag:a,b -queue:low -deployment:etl/prod";
  expect(asked(text, { flows: {}, deployments: { "etl/prod": [ID] } })).toEqual({
    without: {
      operator: "or_",
      state: { type: { any_: ["COMPLETED"] } },
      tags: { any_: ["a", "b"] },
      work_queue_name: { any_: ["low"] },
      deployment_id: { any_: [ID] },
    },
  });
});

test("names go as they are where the server finds them, else as ids", () => {
  expect(asked("flow:etl deployment:prod pool:local queue:default")).toEqual({
    flows: { name: { any_: ["etl"] } },
    deployments: { name: { any_: ["prod"] } },
    work_pools: { name: { any_: ["local"] } },
    work_pool_queues: { name: { any_: ["default"] } },
  });
  const { filter } = parse(`flow:etl -flow:other deployment:etl/prod,${ID}`, "utc");
  expect(namesToFind(filter)).toEqual({ flows: ["other"], deployments: ["etl/prod"] });
  const ids = { flows: { other: ["f"] }, deployments: { "etl/prod": ["d"] } };
  expect(selectionOf({ ...filter, window: { kind: "all" } }, ids, NOW)).toEqual({
    flows: { name: { any_: ["etl"] }, id: { not_any_: ["f"] } },
    flow_runs: { deployment_id: { any_: ["d", ID] } },
  });
});

test("a name that nothing has finds nothing, and not everything", () => {
  expect(asked("deployment:no/such").flow_runs).toEqual({ deployment_id: { any_: [] } });
});

test("tags, values, creators and words", () => {
  expect(
    asked('tag:a tag:b tag:c,d param.n=3 jv.env.REGION=* -param.x=* created:schedule,cli brisk "state:x"'),
  ).toEqual({
    flow_runs: { tags: { all_: ["a", "b"], any_: ["c", "d"] } },
    parameters: [
      { path: ["n"], is_: "3" },
      { path: ["x"], exists: false },
    ],
    job_variables: [{ path: ["env", "REGION"] }],
    origins: ["SCHEDULE", "DEPLOYMENT", "cli", "CLI"],
    search: "brisk state:x",
  });
});

test("an address says it as text, or by a key for each thing", () => {
  expect(filterTextOf({ q: "state:failed otter" })).toBe("state:failed otter");
  expect(filterTextOf({ state: ["failed", "crashed"], flow: "my flow", since: "24h" })).toBe(
    'state:failed,crashed flow:"my flow" since:24h',
  );
  expect(isBare({})).toBe(true);
  expect(isBare({ view: "none" })).toBe(false);
});

test("the order in the address is one that the server knows", () => {
  expect(sortOf(readSort("-start"))).toBe("START_TIME_DESC");
  expect(writeSort(readSort("name"))).toBe("name");
  expect(writeSort(readSort("end"))).toBeUndefined();
  expect(sortOf(readSort(""))).toBe("EXPECTED_START_TIME_DESC");
});
