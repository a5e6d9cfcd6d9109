/** Lets nobody pass until it is opened. */
export class Valve {
  passed!: Promise<void>;
  open!: () => void;

  constructor() {
    this.close();
  }

  close(): void {
    this.passed = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}
