/** What a run of the demo measured; the README's paragraph is made of a committed one. */
export interface Figures {
  readonly machine: string;
  readonly statements: number;
  readonly clients: number;
  readonly without: {
    readonly answered: number;
    readonly asked: number;
    readonly throttled: number;
    readonly medianMs: number;
  };
  readonly cached: {
    readonly answered: number;
    readonly asked: number;
    readonly throttled: number;
    readonly medianMs: number;
    readonly savedMs: number;
    /** Of cached methods. */
    readonly calls: number;
    readonly readUnits: number;
    readonly writeUnits: number;
    readonly dollars: number;
  };
}

/** The paragraph. `medianMs` is of single statements while nothing throttles. */
export function paragraph({ machine, statements, clients, without, cached }: Figures): string {
  return (
    `${statements} statements for ${clients} clients at once: without the cache ${without.answered} were answered, after ` +
    `${without.asked} requests for tokens and passwords, of which ${without.throttled} were throttled; with it all ` +
    `${cached.answered}, by ${cached.asked} requests, ${cached.throttled} of them throttled. That is ` +
    `${without.asked - cached.asked} requests saved, and ${(cached.savedMs / 1_000).toFixed(1)} s of waiting for them. ` +
    `A single statement takes ${ms(cached.medianMs)} instead of ${ms(without.medianMs)}. The ` +
    `${cached.calls} cached calls cost ${cached.readUnits} read and ${cached.writeUnits} write units of DynamoDB, ` +
    `$${cached.dollars.toFixed(6)} (${machine}).`
  );
}

export function ms(figure: number): string {
  return `${figure.toFixed(figure < 10 ? 1 : 0)} ms`;
}
