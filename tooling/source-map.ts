const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * A source map as a comment, so that a failure in generated code is shown where the code came from.
 *
 * @param source - The origin, from the folder of the generated file.
 * @param lines - For each generated line the origin's line, from 1; 0 for a line of our own.
 */
export function sourceMapComment(source: string, lines: readonly number[]): string {
  const map = { version: 3, sources: [source], names: [], mappings: mappingsOf(lines) };
  return `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString("base64")}`;
}

// Each mapped line is one segment: column 0, source 0, the line's distance from the one mapped before, column 0.
function mappingsOf(lines: readonly number[]): string {
  let previous = 0;
  const segments = lines.map((line) => {
    if (line === 0) return "";
    const segment = `AA${vlq(line - 1 - previous)}A`;
    previous = line - 1;
    return segment;
  });
  return segments.join(";");
}

/** A signed number in base 64, five bits a digit, the lowest first, the sign in the lowest bit. */
function vlq(value: number): string {
  let rest = value < 0 ? -value * 2 + 1 : value * 2;
  let text = "";
  do {
    const digit = rest % 32;
    rest = Math.floor(rest / 32);
    text += DIGITS.charAt(rest > 0 ? digit + 32 : digit);
  } while (rest > 0);
  return text;
}
