/**
 * Topic names as metric labels, of which there may be only so many: each is kept by Prometheus for ever, and clients choose the names. The first topics get
 * labels of their own; later ones share `other`.
 */
export class TopicLabel {
  readonly #known = new Set<string>();

  constructor(readonly limit: number) {}

  of(topic: string): string {
    if (this.#known.has(topic)) return topic;
    if (this.#known.size >= this.limit) return OTHER_TOPICS;
    this.#known.add(topic);
    return topic;
  }
}

export const OTHER_TOPICS = '(other)';
