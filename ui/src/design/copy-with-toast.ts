import { copyText } from "./copy-button";
import { toast } from "./toast";

/** Copies from a menu, which is gone by then: a notice says whether it worked. `what` as in "Copied the id". */
export async function copyWithToast(text: string, what: string, detail?: string): Promise<void> {
  const done = await copyText(text);
  toast({
    title: done ? `Copied ${what}` : "Cannot copy here",
    detail: done ? detail : undefined,
    tone: done ? "success" : "info",
  });
}
