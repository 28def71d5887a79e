const ENDED = ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"];

/** Whether a state of this type is a run's last. */
export const hasEnded = (type: string | null | undefined): boolean => ENDED.includes(type ?? "");
