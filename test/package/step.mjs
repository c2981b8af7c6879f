/** One line for each step: what it was, how long it took and, when it failed, why. */
let passed = 0;
let failed = 0;

/** Resolves to what the step returned, or to undefined when it failed. */
export async function step(name, action) {
  const start = performance.now();
  const say = (verdict) => {
    const seconds = ((performance.now() - start) / 1_000).toFixed(1);
    console.log(`${verdict} ${seconds.padStart(5)} s  ${name}`);
  };
  try {
    const result = await action();
    passed++;
    say('ok  ');
    return result ?? null;
  } catch (error) {
    failed++;
    say('FAIL');
    console.log(error.message.replace(/^/gm, '     | '));
    return undefined;
  }
}

export function counts() {
  return { passed, failed };
}
