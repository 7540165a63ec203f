/**
 * Names as metric labels, of which there may be only so many: each is kept by Prometheus for ever, and clients choose the names. The first get
 * labels of their own; later ones share {@link OTHERS}.
 */
export class BoundedLabel {
  readonly #known = new Set<string>();

  constructor(readonly limit: number) {}

  of(name: string): string {
    if (this.#known.has(name)) return name;
    if (this.#known.size >= this.limit) return OTHERS;
    this.#known.add(name);
    return name;
  }
}

export const OTHERS = '(other)';
