import { FONT, chartOf } from './chart';
import type { Latency } from './latency';

// Machines without fonts are common where plots are drawn, and on them text would be missing. So the font comes along.
const FONT_FILES = ['400Regular/Lato_400Regular.ttf', '700Bold/Lato_700Bold.ttf'].map((file) =>
  require.resolve(`@expo-google-fonts/lato/${file}`),
);

export async function drawSvg(latency: Latency): Promise<string> {
  // It awaits something while it is loaded, and `require` does not wait.
  const { View, parse } = await import('vega');
  return new View(parse(chartOf(latency)), { renderer: 'none' }).toSVG();
}

/** @param fontFiles where the text's font is. @default those of the package */
export async function drawPng(svg: string, fontFiles: readonly string[] = FONT_FILES): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const image = new Resvg(svg, {
    font: { fontFiles: [...fontFiles], loadSystemFonts: false, defaultFontFamily: FONT },
    fitTo: { mode: 'zoom', value: 2 },
  });
  return image.render().asPng();
}
