/** What a {@link LinkedList} holds: a node that stands in at most one list. */
export interface Linked<Node> {
  /** Kept by the list. */
  next: Node | undefined;
  /** Kept by the list. */
  previous: Node | undefined;
  /** Kept by the list: the one it stands in. */
  list: object | undefined;
}

/** A queue from whose middle anyone can leave in O(1), at no cost but two fields of the node. */
export class LinkedList<Node extends Linked<Node>> {
  first: Node | undefined = undefined;
  #last: Node | undefined = undefined;
  size = 0;

  pushBack(node: Node): void {
    const last = this.#last;
    if (last === undefined) this.first = node;
    else last.next = node;
    node.previous = last;
    node.list = this;
    this.#last = node;
    this.size += 1;
  }

  popFront(): Node | undefined {
    const { first } = this;
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** @returns false, and does nothing, when the node stands somewhere else. */
  remove(node: Node): boolean {
    if (node.list !== this) return false;
    const { next, previous } = node;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    // What has left keeps no neighbour alive.
    node.next = undefined;
    node.previous = undefined;
    node.list = undefined;
    this.size -= 1;
    return true;
  }
}
