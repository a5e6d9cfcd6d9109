/**
 * Checks that what is to be moved is still there. Not every runtime does: where Node 20 is told to move a buffer that was
 * moved before, it posts a message that nobody can read.
 *
 * Ports and streams that were moved are refused by every runtime itself.
 *
 * @throws DataCloneError when a buffer was moved before.
 */
export function checkTransfer(action: string, transfer: readonly unknown[]): void {
  const index = transfer.findIndex(isDetached);
  if (index < 0) return;
  const message = `Cannot ${action}: transfer[${index}] must not have been moved before, got a detached ArrayBuffer`;
  throw new DOMException(message, "DataCloneError");
}

/** One that was moved has no bytes, but neither has an empty one. Only those that are there can be looked into. */
function isDetached(value: unknown): boolean {
  if (!isArrayBuffer(value) || value.byteLength > 0) return false;
  try {
    return new Uint8Array(value).byteLength > 0;
  } catch {
    return true;
  }
}

/** Those of other realms included. */
function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}
