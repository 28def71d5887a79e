/** What somebody does to see their first run. */
export interface Step {
  id: "pool" | "worker" | "flow" | "deployment" | "run";
  title: string;
  hint: string;
  code: string;
  command: boolean;
}

export const FLOW_FILE = `from penstock import flow, task


@task
def greet(name: str) -> str:
    return f"Hello, {name}!"


@flow(log_prints=True)
def hello(name: str = "world") -> None:
    print(greet(name))
`;

/** The steps for this server: commands need to be told where it is, and what it asks for. */
export function stepsFor(server: string, asksForCredential = false): Step[] {
  const isStandard = server === "http://127.0.0.1:4200/api" || server === "http://localhost:4200/api";
  const lead = [
    ...(isStandard ? [] : [`penstock config set PENSTOCK_API_URL=${server}\n`]),
    ...(asksForCredential ? ["penstock config set PENSTOCK_API_AUTH_STRING=user:password\n"] : []),
  ].join("");
  return [
    {
      id: "pool",
      title: "Create a work pool",
      hint: "It says where runs go, and holds the defaults of their infrastructure.",
      code: `${lead}penstock work-pool create local --type process`,
      command: lead === "",
    },
    {
      id: "worker",
      title: "Start a worker for it",
      hint: "In a terminal of its own: it takes runs from the pool and starts each as a process.",
      code: "penstock worker start --pool local",
      command: true,
    },
    { id: "flow", title: "Write a flow", hint: "Save it as hello.py.", code: FLOW_FILE, command: false },
    {
      id: "deployment",
      title: "Deploy it",
      hint: "Then the server knows it, and the pool that its runs go to.",
      code: "penstock deploy hello.py:hello -n demo --pool local",
      command: true,
    },
    {
      id: "run",
      title: "Run it",
      hint: "With a parameter and an environment variable of this one run.",
      code: "penstock deployment run hello/demo -p name=Ada -jv env.LOG_LEVEL=DEBUG --watch",
      command: true,
    },
  ];
}

export interface Seen {
  pools: number;
  workers: number;
  deployments: boolean;
  completed: boolean;
}

/** The steps that are done, as far as the server can see. */
export function doneSteps({ pools, workers, deployments, completed }: Seen): ReadonlySet<Step["id"]> {
  const done: [Step["id"], boolean][] = [
    ["pool", pools > 0],
    ["worker", workers > 0],
    // A file on somebody's disk is seen when it is deployed.
    ["flow", deployments || completed],
    ["deployment", deployments],
    ["run", completed],
  ];
  return new Set(done.flatMap(([id, isDone]) => (isDone ? [id] : [])));
}
