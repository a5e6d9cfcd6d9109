const ENCODER = new TextEncoder();

/** The name by which Redis knows a script: the SHA-1 of its text, in hexadecimal digits. */
export async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", ENCODER.encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
