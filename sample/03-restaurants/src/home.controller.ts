import { Controller, Get, Header } from '@nestjs/common';

/** Path -> what is asked there. */
export const PLACES_TO_TRY: Record<string, string> = {
  '/restaurants/40364920': 'a restaurant, and its place among its kind',
  '/cuisines/Pizza/top?borough=Queens': 'the best pizza of Queens, by the index',
  '/cuisines/Pizza/top': 'the best pizza of New York',
};

@Controller()
export class HomeController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  home(): string {
    const places = Object.entries(PLACES_TO_TRY).map(
      ([path, what]) => `<li><a href="${path}">${path}</a>: ${what}</li>`,
    );
    return `<!doctype html><title>Restaurants of New York</title><h1>Restaurants of New York</h1>
<p>Ask twice: the first answer comes from the database, the second out of memory, and six seconds later from Redis.</p>
<ul>${places.join('')}</ul>`;
  }
}
