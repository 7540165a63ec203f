/** A partition as one string, unlike that of every other partition: as its folder is called. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}
