import { signOut } from "@/features/session/queries";

/** Sign out, and go where somebody signs in: from nothing that was loaded before. */
export async function leave(): Promise<void> {
  await signOut();
  location.assign(new URL("sign-in", document.baseURI));
}
