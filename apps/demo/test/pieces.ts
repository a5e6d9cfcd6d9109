import type { Splitter } from "../src/frame.ts";
import { InputError } from "../src/input-error.ts";

/** What a splitter made of a body: its frames, and what was wrong behind them. */
export interface Outcome {
  readonly frames: readonly (readonly [at: number, text: string])[];
  readonly error?: readonly [status: number, code: string, at: number | undefined];
}

export function inPieces(body: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), body.length];
  return edges.slice(1).map((edge, index) => body.subarray(edges[index], edge));
}

export function outcomeOf(splitter: Splitter, pieces: readonly Buffer[]): Outcome {
  const frames: [number, string][] = [];
  try {
    for (const piece of pieces) for (const { at, bytes } of splitter.push(piece)) frames.push([at, bytes.toString()]);
    for (const { at, bytes } of splitter.end()) frames.push([at, bytes.toString()]);
    return { frames };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { frames, error: [error.status, error.code, error.at] };
  }
}
