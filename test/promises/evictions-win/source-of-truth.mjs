/** The source of truth as a worker sees it: the parent process holds a version per key and raises it on request. */
export class SourceOfTruth {
  #waiting = new Map();
  #asked = 0;

  async current(key) {
    const [[, version]] = await this.#ask({ key });
    return version;
  }

  /** Changes what is under a key; resolves to the new version. */
  async commit(key) {
    const [[, version]] = await this.#ask({ key, commits: true });
    return version;
  }

  /** Changes at once what is under all keys of these numbers that anybody has asked for; resolves to keys and versions. */
  commitAll(numbers) {
    return this.#ask({ numbers, commits: true });
  }

  answer({ id, versions }) {
    this.#waiting.get(id)?.(versions);
    this.#waiting.delete(id);
  }

  #ask(question) {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      process.send({ type: 'ask', id, ...question });
    });
  }
}
