import type { components, paths } from "@/api/contract";

/** The schemas of the contract: `Schema["FlowRunResponse"]`. What a request holds may end in `Sent`. */
export type Schema = components["schemas"];

type Method = "get" | "post" | "put" | "patch" | "delete";
type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, infer Op> ? (Op extends undefined ? never : P) : never;
}[keyof paths];
type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer Op> ? Op : never;

type PathOf<Op> = Op extends { parameters: { path: infer T } } ? { path: T } : { path?: undefined };
type QueryOf<Op> = Op extends { parameters: { query?: infer T } } ? { query?: T } : { query?: undefined };
type BodyOf<Op> = Op extends { requestBody: { content: { "application/json": infer T } } }
  ? { body: T }
  : Op extends { requestBody?: { content: { "application/json": infer T } } }
    ? { body?: T }
    : { body?: undefined };
type Options<Op> = PathOf<Op> & QueryOf<Op> & BodyOf<Op> & { signal?: AbortSignal | undefined; read?: Read };
type Arguments<Op> =
  Record<never, never> extends Options<Op> ? [options?: Options<Op>] : [options: Options<Op>];
type ContentOf<R> = R extends { content: { "application/json": infer T } } ? T : undefined;
/** What an operation answers with; `undefined` where the answer has no body. */
type Answer<Op> = Op extends { responses: infer R } ? ContentOf<R[Exclude<keyof R, "default">]> : never;

const ORIGIN_HEADER = "X-Penstock-Origin";

/** The server refused, failed, or could not be reached (`code` is then "unreachable" and `status` 0). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;
  readonly field: string | undefined;
  readonly requestId: string | undefined;
  readonly detail: unknown;

  constructor(
    message: string,
    rest: Partial<Omit<ApiError, "name" | "message">> & { status: number; code: string },
  ) {
    super(message);
    this.status = rest.status;
    this.code = rest.code;
    this.hint = rest.hint;
    this.field = rest.field;
    this.requestId = rest.requestId;
    this.detail = rest.detail;
  }
}

/** Where the API is, from where the page is served: `…/api/`. */
export function apiUrl(path: string): URL {
  return new URL(`api/${path.replace(/^\//, "")}`, document.baseURI);
}

/** A body that is JSON already: numbers that JavaScript can't hold go as they are spelled. */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Reads the answer in place of `JSON.parse`, for those who must not lose a digit. */
type Read = (text: string) => unknown;
type Loose = {
  path?: unknown;
  query?: unknown;
  body?: unknown;
  signal?: AbortSignal | undefined;
  read?: Read;
};

function urlOf(path: string, options: Loose): URL {
  const values = (options.path ?? {}) as Record<string, unknown>;
  const url = apiUrl(
    path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name]))),
  );
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value === undefined || value === null) continue;
    for (const item of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(item));
  }
  return url;
}

/** Sends a request that the contract does not describe as JSON; downloads, for example. Raises `ApiError`. */
export async function send(method: string, url: URL, options: Loose = {}): Promise<Response> {
  const headers: Record<string, string> = { [ORIGIN_HEADER]: "ui", Accept: "application/json" };
  const request: RequestInit = {
    method,
    headers,
    credentials: "same-origin",
    signal: options.signal ?? null,
  };
  if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    request.body = options.body instanceof JsonText ? options.body.text : JSON.stringify(options.body);
  }
  let response: Response;
  try {
    response = await fetch(url, request);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError("The server cannot be reached.", {
      status: 0,
      code: "unreachable",
      hint: "Check that it runs (penstock server start) and that this machine reaches it.",
    });
  }
  if (!response.ok) throw await refusalOf(response);
  return response;
}

async function refusalOf(response: Response): Promise<ApiError> {
  const requestId = response.headers.get("x-request-id") ?? undefined;
  const text = await response.text().catch(() => "");
  const body = parsed(text);
  const { detail, exception_message: told } = body;
  const message = typeof detail === "string" ? detail : told;
  return new ApiError(message || `The server answered ${response.status} ${response.statusText}`.trim(), {
    status: response.status,
    code: body.code ?? "unknown",
    hint: body.hint ?? undefined,
    field: body.field ?? undefined,
    requestId,
    detail: body.data ?? body.exception_detail ?? (typeof detail === "string" ? undefined : detail),
  });
}

function parsed(text: string): Partial<Schema["Refusal"]> {
  try {
    const body: unknown = JSON.parse(text);
    return body && typeof body === "object" ? body : {};
  } catch {
    return {};
  }
}

async function call(method: Method, path: string, options: Loose = {}): Promise<unknown> {
  const response = await send(method.toUpperCase(), urlOf(path, options), options);
  if (response.status === 204) return undefined;
  const text = await response.text();
  const read = options.read ?? JSON.parse;
  return text ? read(text) : undefined;
}

type Call<M extends Method> = <P extends PathsWith<M>>(
  path: P,
  ...options: Arguments<Operation<P, M>>
) => Promise<Answer<Operation<P, M>>>;

const caller = <M extends Method>(method: M) =>
  ((path: string, options?: Loose) => call(method, path, options)) as unknown as Call<M>;

/** The endpoints by method and path, as the contract declares them: `api.get("/flow_runs/{id}", {path: {id}})`. */
export const api = {
  get: caller("get"),
  post: caller("post"),
  put: caller("put"),
  patch: caller("patch"),
  delete: caller("delete"),
};
