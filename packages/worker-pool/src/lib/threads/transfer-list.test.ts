import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { checkTransfer } from "./transfer-list.ts";

function moved(buffer: ArrayBuffer): ArrayBuffer {
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

const elsewhere = (code: string): unknown => runInNewContext(code);

describe("a transfer list", () => {
  it("must hold no buffer that was moved before, however many bytes it had and wherever it was made", () => {
    const ofOtherRealm = moved(elsewhere("new ArrayBuffer(8)") as ArrayBuffer);
    for (const gone of [moved(new ArrayBuffer(8)), moved(new ArrayBuffer(0)), ofOtherRealm]) {
      expect(gone.byteLength).toBe(0);
      expect(() => checkTransfer("do it", [new ArrayBuffer(1), gone])).toThrow(
        new DOMException(
          "Cannot do it: transfer[1] must not have been moved before, got a detached ArrayBuffer",
          "DataCloneError",
        ),
      );
    }
  });

  it("may hold anything else", () => {
    const { port1 } = new MessageChannel();
    const buffers = [new ArrayBuffer(0), new ArrayBuffer(8), elsewhere("new ArrayBuffer(0)"), new SharedArrayBuffer(0)];
    const others = [port1, new ReadableStream(), { byteLength: 0 }, undefined, null, 0];
    expect(() => checkTransfer("do it", [])).not.toThrow();
    expect(() => checkTransfer("do it", [...buffers, ...others])).not.toThrow();
    port1.close();
  });

  it("leaves the buffers as they are", () => {
    const buffer = new ArrayBuffer(8);
    checkTransfer("do it", [buffer]);
    expect(buffer.byteLength).toBe(8);
  });
});
