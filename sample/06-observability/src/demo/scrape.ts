/** One scrape of `/metrics`, in Prometheus' text format. */
export class Scrape {
  private readonly samples: { name: string; labels: Record<string, string>; value: number }[] = [];

  static async of(url: string): Promise<Scrape> {
    return new Scrape(await (await fetch(`${url}/metrics`)).text());
  }

  private constructor(text: string) {
    for (const line of text.split('\n')) {
      const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name === undefined) continue;
      const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', text = '']) => [
        label,
        text,
      ]);
      this.samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value) });
    }
  }

  /** The sum of all series of that name with those labels. */
  sum(name: string, labels: Record<string, string> = {}): number {
    return this.samples
      .filter((sample) => sample.name === name)
      .filter((sample) => Object.entries(labels).every(([label, text]) => sample.labels[label] === text))
      .reduce((sum, { value }) => sum + value, 0);
  }
}
