export interface RunCompareProps {
  a: string;
  b: string;
  /** Equal leaves are shown too. */
  showEqual: boolean;
  onShowEqual: (show: boolean) => void;
  /** Another run is chosen for a side. */
  onChoose: (side: "a" | "b", runId: string) => void;
}

/** The infrastructure of two runs, leaf by leaf, with who set each. */
export function RunCompare({ a, b }: RunCompareProps) {
  return (
    <p className="text-muted">
      {a} and {b}
    </p>
  );
}
