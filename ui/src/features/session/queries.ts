import { apiUrl, send } from "@/lib/api";
import { readStored, writeStored } from "@/lib/storage";

// The cookie cannot be read from here; this says only whether there is something to sign out of.
const SIGNED_IN = "signed-in";

export function isSignedIn(): boolean {
  return readStored(SIGNED_IN) === true;
}

/** The credential as the server is configured with: `user:password`. Raises `ApiError`. */
export async function signIn(credential: string): Promise<void> {
  await send("POST", apiUrl("session"), { body: { credential } });
  writeStored(SIGNED_IN, true);
}

export async function signOut(): Promise<void> {
  await send("DELETE", apiUrl("session"));
  writeStored(SIGNED_IN, undefined);
}
