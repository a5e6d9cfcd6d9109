import { describe, expect, it } from "vitest";
import { diagram } from "./diagrams.ts";

const DOOR = "stateDiagram-v2\n  accTitle: A door\n  [*] --> open\n  open --> closed : close()\n";

describe("diagram", () => {
  it("draws states and transitions with their labels", () => {
    const svg = diagram(DOOR, "a");
    for (const text of ["open", "closed", "close()"]) expect(svg).toContain(`>${text}</text>`);
  });

  it("loads nothing from elsewhere, and brings no style of its own", () => {
    const svg = diagram(DOOR, "a").replace('xmlns="http://www.w3.org/2000/svg"', "");
    expect(svg).not.toMatch(/https?:|<style|@import/);
  });

  it("has names that keep out of the way of other diagrams on the page", () => {
    const svg = diagram(DOOR, "a");
    expect(svg).toContain('id="a-arrowhead"');
    expect(svg).toContain('marker-end="url(#a-arrowhead)"');
    expect(svg).not.toMatch(/(?:id="|url\(#)arrowhead/);
  });

  it("says what it shows: its title, or else all that it says", () => {
    expect(diagram(DOOR, "a")).toContain('role="img" aria-label="A door"');
    expect(diagram('stateDiagram-v2\n  a --> b : "now"\n', "a")).toContain(
      'aria-label="Diagram: a --&gt; b : &quot;now&quot;"',
    );
  });

  it("breaks long labels into lines, so that it stays narrow", () => {
    const svg = diagram("stateDiagram-v2\n  a --> b: one two three four five six seven\n", "a");
    const lines = [...svg.matchAll(/<tspan[^>]*>([^<]*)</g)].map(([, line]) => line);
    expect(lines).toEqual(["one two three four", "five six seven"]);
    expect(Number(/ width="(\d+)"/.exec(svg)?.[1])).toBeLessThan(200);
  });

  it("has room for labels that are wider than the states", () => {
    const label = "a-label-that-is-much-wider-than-all-of-the-states";
    const svg = diagram(`stateDiagram-v2\n  a --> b : ${label}\n`, "a");
    const [, left, width] = /viewBox="(-?[\d.]+) 0 ([\d.]+) /.exec(svg) ?? [];
    const [, x, wide] = /class="edge-label"[^]*?<rect x="(-?[\d.]+)"[^>]* width="([\d.]+)"/.exec(svg) ?? [];
    expect(Number(x)).toBeGreaterThan(Number(left));
    expect(Number(x) + Number(wide)).toBeLessThan(Number(left) + Number(width));
  });
});
