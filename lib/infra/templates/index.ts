import { type TableDesign, resolveTableDesign } from '../table-design';
import { cdkTemplate } from './cdk';
import { cloudFormationTemplate } from './cloudformation';
import { samTemplate } from './sam';
import { terraformTemplate } from './terraform';

const TEMPLATES = {
  cloudformation: cloudFormationTemplate,
  sam: samTemplate,
  cdk: cdkTemplate,
  terraform: terraformTemplate,
};

export type TemplateKind = keyof typeof TEMPLATES;

export const TEMPLATE_KINDS = Object.keys(TEMPLATES) as TemplateKind[];

/**
 * The table for one way of making infrastructure, as text that ends with a line feed.
 *
 * @throws InvalidOptionsError when a name would not be safe to write into it, or the layout cannot work
 */
export function template(kind: TemplateKind, design: TableDesign = {}): string {
  return `${TEMPLATES[kind](resolveTableDesign(design))}\n`;
}
