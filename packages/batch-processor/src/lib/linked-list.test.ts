import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Linked, LinkedList } from "./linked-list.ts";

class Node implements Linked<Node> {
  next: Node | undefined = undefined;
  previous: Node | undefined = undefined;
  list: object | undefined = undefined;
}

function inside(list: LinkedList<Node>): Node[] {
  const nodes: Node[] = [];
  for (let node = list.first; node !== undefined; node = node.next) nodes.push(node);
  return nodes;
}

describe("LinkedList", () => {
  it("is a queue from which anyone can leave", () => {
    const actions = fc.array(fc.record({ kind: fc.constantFrom("push", "push", "pop", "leave"), which: fc.nat() }));
    fc.assert(
      fc.property(actions, (drawn) => {
        const list = new LinkedList<Node>();
        const model: Node[] = [];
        for (const { kind, which } of drawn) {
          if (kind === "push") {
            model.push(new Node());
            list.pushBack(model.at(-1) as Node);
          } else if (kind === "pop") expect(list.popFront()).toBe(model.shift());
          else if (model.length > 0) expect(list.remove(model.splice(which % model.length, 1)[0] as Node)).toBe(true);
          expect(inside(list)).toEqual(model);
          expect(list.size).toBe(model.length);
        }
      }),
    );
  });

  it("lets go of what has left, and ignores who stands elsewhere", () => {
    const [here, there] = [new LinkedList<Node>(), new LinkedList<Node>()];
    const [first, node, last] = [new Node(), new Node(), new Node()];
    for (const each of [first, node, last]) here.pushBack(each);
    expect(there.remove(node)).toBe(false);
    expect(here.remove(node)).toBe(true);
    expect(here.remove(node)).toBe(false);
    expect([node.next, node.previous, node.list]).toEqual([undefined, undefined, undefined]);
    there.pushBack(node);
    expect([inside(here), inside(there)]).toEqual([[first, last], [node]]);
  });
});
