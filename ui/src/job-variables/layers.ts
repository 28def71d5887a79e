/** A level at which values are set, and the column that shows it. Lowest first. */
export interface Column {
  layer: string;
  title: string;
  /** In sentences: "from the deployment". */
  noun: string;
  /** Its values may be templates, so that each may be written as text. */
  templates?: boolean | undefined;
}

export const POOL_COLUMN: Column = { layer: "pool", title: "Pool default", noun: "pool" };
export const DEPLOYMENT_COLUMN: Column = { layer: "deployment", title: "Deployment", noun: "deployment" };
export const RUN_COLUMN: Column = { layer: "run", title: "This run", noun: "this run" };
export const ALL_COLUMNS: readonly Column[] = [POOL_COLUMN, DEPLOYMENT_COLUMN, RUN_COLUMN];

/** Not a layer: literals of the pool's `job_configuration`, below everything. It is shown in the pool's column. */
export const FIXED = "fixed";

export function nounOf(layer: string, columns: readonly Column[] = ALL_COLUMNS): string {
  if (layer === FIXED) return "pool, fixed";
  return columns.find((column) => column.layer === layer)?.noun ?? layer;
}

export function columnOf(layer: string): string {
  return layer === FIXED ? "pool" : layer;
}

/** Where a layer stands, so that what is put in later comes in its place. */
export function rank(layer: string, columns: readonly Column[]): number {
  if (layer === FIXED) return -1;
  const place = columns.findIndex((column) => column.layer === layer);
  return place < 0 ? columns.length : place;
}
