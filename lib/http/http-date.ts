/** A date of HTTP (RFC 9110, 5.6.7) as ms since 1970; undefined when it is none, such as `Expires: 0`. */
export function readHttpDate(text: string | undefined): number | undefined {
  // `Date.parse` reads far more than the three formats: all of them begin with a day's name, and are in GMT.
  if (text === undefined || !/^(Mon|Tues?|Wed(nes)?|Thu(rs)?|Fri|Sat(ur)?|Sun)(day)?,? /.test(text))
    return undefined;
  const ms = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(ms) ? undefined : ms;
}
