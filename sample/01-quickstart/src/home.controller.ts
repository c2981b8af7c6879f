import { Controller, Get, Header } from '@nestjs/common';

/** Path -> what is asked there. */
export const PLACES_TO_TRY: Record<string, string> = {
  '/boroughs/Manhattan': 'a borough in figures, kept for ten minutes',
  '/boroughs/Queens/top/Pizza': 'its best kitchens, kept for an hour',
  '/inspections/latest': 'the newest inspections, kept for one second',
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
<p>Ask twice: the first answer is computed, the second comes out of DynamoDB.</p><ul>${places.join('')}</ul>`;
  }
}
