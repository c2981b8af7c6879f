/** The source of truth as a worker sees it: the parent process holds a version per key and raises it on request. */
export class SourceOfTruth {
  #waiting = new Map();
  #asked = 0;

  current(key) {
    return this.#ask(key, false);
  }

  /** Changes what is under a key; resolves to the new version. */
  commit(key) {
    return this.#ask(key, true);
  }

  answer({ id, version }) {
    this.#waiting.get(id)?.(version);
    this.#waiting.delete(id);
  }

  #ask(key, commits) {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      process.send({ type: 'ask', id, key, commits });
    });
  }
}
