/** The last frames' facts under the frames' own numbers; what lies before a given frame can be let go. */
export class FrameHistory<Fact> {
  #facts: Fact[] = [];
  #first = 0;

  /** The number that the next fact gets. */
  get end(): number {
    return this.#first + this.#facts.length;
  }

  add(fact: Fact): void {
    this.#facts.push(fact);
  }

  /** undefined for a frame that has not come yet or was let go. */
  at(frame: number): Fact | undefined {
    return this.#facts[frame - this.#first];
  }

  /** The nearest frame that is there. */
  nearest(frame: number): Fact | undefined {
    return this.at(Math.min(Math.max(frame, this.#first), this.end - 1));
  }

  dropBefore(frame: number): void {
    // Moving the rest costs as much as it is long: in steps, each frame is moved about once.
    if (frame - this.#first < Math.max(256, this.#facts.length / 2)) return;
    this.#facts = this.#facts.slice(frame - this.#first);
    this.#first = frame;
  }
}
