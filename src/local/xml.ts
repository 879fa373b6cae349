/** Just enough XML: writing what the services answer, and reading the few small documents that S3 clients send. */

/** Text, a list (the element repeats), or elements in order. Undefined members are left out. */
export type XmlValue =
  | string
  | number
  | boolean
  | undefined
  | readonly XmlValue[]
  | { readonly [name: string]: XmlValue };

export function writeXmlDocument(name: string, value: XmlValue, namespace?: string): string {
  const attribute = namespace ? ` xmlns="${namespace}"` : '';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name}${attribute}>${writeContent(value)}</${name}>`;
}

function writeContent(value: XmlValue): string {
  if (value === undefined) return '';
  if (typeof value !== 'object') return escapeXml(String(value));
  return Object.entries(value)
    .map(([name, member]) => writeElement(name, member))
    .join('');
}

function writeElement(name: string, value: XmlValue): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map(item => writeElement(name, item)).join('');
  return `<${name}>${writeContent(value)}</${name}>`;
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

/** Characters that XML 1.0 cannot hold are written as S3 writes them: as a reference, which strict parsers refuse. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]|\p{Cc}/gu, character => {
    if (character === '\t' || character === '\n') return character;
    return escapes[character] ?? `&#${character.charCodeAt(0)};`;
  });
}

export interface XmlElement {
  readonly name: string;
  readonly children: XmlElement[];
  /** The text directly inside, joined. */
  text: string;
}

/** Elements and text; attributes, comments and the prologue are skipped, prefixes dropped. Undefined when it is not well formed. */
export function readXml(source: string): XmlElement | undefined {
  const root: XmlElement = { name: '', children: [], text: '' };
  const open = [root];
  const token =
    /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([^\s/>]+)(?:"[^"]*"|'[^']*'|[^>"'])*?(\/?)>|([^<]+)/gy;
  let end = 0;
  for (let match = token.exec(source); match; match = token.exec(source)) {
    end = token.lastIndex;
    const top = open.at(-1);
    if (!top) return undefined;
    const [, cdata, closing, name, empty, text] = match;
    if (cdata !== undefined) top.text += cdata;
    else if (text !== undefined) top.text += unescapeXml(text);
    else if (name !== undefined && !takeTag(open, localName(name), closing === '/', empty === '/')) return undefined;
  }
  return end === source.length && open.length === 1 ? root.children[0] : undefined;
}

/** The children of that name. */
export function childrenOf(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter(child => child.name === name) ?? [];
}

/** The text of the first child of that name. */
export function childText(element: XmlElement | undefined, name: string): string | undefined {
  return childrenOf(element, name)[0]?.text;
}

function takeTag(open: XmlElement[], name: string, closing: boolean, empty: boolean): boolean {
  const top = open.at(-1);
  if (closing) return open.length > 1 && open.pop()?.name === name;
  const element: XmlElement = { name, children: [], text: '' };
  top?.children.push(element);
  if (!empty) open.push(element);
  return true;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(#x?[0-9a-fA-F]+|\w+);/g, (whole, name: string) => {
    if (!name.startsWith('#')) return entities[name] ?? whole;
    const code = name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
