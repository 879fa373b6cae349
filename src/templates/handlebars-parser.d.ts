/// <reference types="handlebars" />
/** Handlebars' parser alone: nothing here turns text into code, and an action starts some milliseconds sooner. */
declare module 'handlebars/dist/cjs/handlebars/compiler/base.js' {
  export function parse(text: string): hbs.AST.Program;
}
