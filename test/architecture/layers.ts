/** Who may import whom. This table is the architecture; `docs/architecture.md` draws it. */
export interface Layer {
  /** From the root. Everything below belongs to it, but for what a deeper layer claims. */
  folder: string;
  /** The layers whose doors it may import. */
  mayImport: readonly string[];
  /** May it import files behind a door? */
  insides: boolean;
  /** Is it part of what is published? Then it may import runtime dependencies only. */
  shipped: boolean;
}

const CORE = ['proto/record-batch', 'proto', 'segment-store', 'consumer-groups', 'server', 'sdk', 'cli'];

export const LAYERS: readonly Layer[] = [
  // The bytes of a batch: storage and clients both stand on it.
  { folder: 'proto/record-batch', mayImport: [], insides: false, shipped: true },
  { folder: 'proto', mayImport: [], insides: false, shipped: true },
  // Storage knows no API: a second engine will stand behind the same interface.
  { folder: 'segment-store', mayImport: ['proto/record-batch'], insides: false, shipped: true },
  // Groups know the log by its interface alone, and no API.
  {
    folder: 'consumer-groups',
    mayImport: ['segment-store', 'proto/record-batch'],
    insides: false,
    shipped: true,
  },
  {
    folder: 'server',
    mayImport: ['segment-store', 'consumer-groups', 'proto', 'proto/record-batch'],
    insides: false,
    shipped: true,
  },
  // The client knows the API alone, so that it can be used without the broker.
  { folder: 'sdk', mayImport: ['proto', 'proto/record-batch'], insides: false, shipped: true },
  { folder: 'cli', mayImport: ['sdk', 'server', 'segment-store'], insides: false, shipped: true },
  { folder: 'examples', mayImport: ['sdk', 'server'], insides: false, shipped: false },
  { folder: 'bench', mayImport: CORE, insides: false, shipped: false },
  { folder: '.ci', mayImport: [], insides: false, shipped: false },
  { folder: 'test', mayImport: [...CORE, 'examples', 'bench'], insides: true, shipped: false },
];

/** The layer that a path belongs to: the deepest folder that holds it. Undefined for the files at the root. */
export function layerOf(path: string): Layer | undefined {
  return LAYERS.filter(({ folder }) => path.startsWith(`${folder}/`)).reduce<Layer | undefined>(
    (deepest, layer) =>
      deepest === undefined || layer.folder.length > deepest.folder.length ? layer : deepest,
    undefined,
  );
}

/** A layer's only door for imports. */
export function doorOf(layer: Layer): string {
  return `${layer.folder}/index.ts`;
}

/** What others may start as a program, beside importing the doors. */
export const PROGRAMS: ReadonlySet<string> = new Set(['cli/respool.cts']);
