import { describe, expect, test } from '@jest/globals';
import { renderPage } from '../../src/report/render-html.ts';
import { renderMarkdown } from '../../src/report/render-markdown.ts';
import { renderText } from '../../src/report/render-text.ts';
import { expectGolden } from '../golden.ts';
import { EVERYTHING, NASTY } from './documents.ts';

describe('one document, three forms', () => {
  test('text', () => expectGolden('report/everything.txt', renderText(EVERYTHING)));
  test('Markdown', () => expectGolden('report/everything.md', renderMarkdown(EVERYTHING)));
  test('a page', () => expectGolden('report/everything.html', renderPage('Title & <more>', EVERYTHING)));
});

describe('what others wrote stays text', () => {
  test('in Markdown no mention, issue link, tag or emphasis comes of it', () => {
    const markdown = renderMarkdown([{ type: 'paragraph', content: NASTY }]);
    expect(markdown).not.toMatch(/@team|#12|(?<!\\)<script|(?<!\\)\*\*|(?<!\\)`/);
  });

  test('in a page no element comes of it', () => {
    expect(renderPage(NASTY, EVERYTHING)).not.toContain('<script');
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', 'vbscript:x'])('a link to %s goes nowhere', link => {
    const page = renderPage('x', [{ type: 'paragraph', content: { link, text: 'click' } }]);
    expect(page).toContain('<a href="#">click</a>');
  });

  test.each(['https://a.example/', 'http://127.0.0.1:1/x', '#top', './other', '/a', 'index.html'])(
    'a link to %s is kept',
    link => {
      expect(renderPage('x', [{ type: 'paragraph', content: { link, text: 'click' } }])).toContain(
        `<a href="${link}">`,
      );
    },
  );
});

test('where a page has no room for the head of a table, each cell says its title', () => {
  const columns = [{ title: 'Tier' }, { title: '"90 %" & more' }];
  const page = renderPage('x', [{ type: 'table', columns, rows: [['small', '']] }]);
  expect(page).toContain('<td class="word" data-title="Tier">small</td>');
  expect(page).toContain('data-title="&quot;90 %&quot; &amp; more"></td>');
  expect(page).toMatch(/@media \(max-width: 48rem\) \{[^@]*thead \{ display: none; \}[^@]*content: attr\(data-title\)/);
});

test('a page asks the network for nothing and runs nothing', () => {
  expect(renderPage('x', EVERYTHING)).not.toMatch(/<(script|link|img|iframe)|@import|url\(/);
});
