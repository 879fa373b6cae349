/**
 * Fetches the same address every two seconds and puts what it shows in place of what is there: scroll position, opened details and
 * the focus stay. It rests while nobody looks, while text is marked and while a field is being filled in.
 */
export const REFRESH = `
const live = document.getElementById('live'), state = document.getElementById('live-state');
const atEnd = pre => pre.scrollHeight - pre.scrollTop - pre.clientHeight < 8;
const toEnd = () => { for (const pre of document.querySelectorAll('pre.tail')) pre.scrollTop = pre.scrollHeight; };
let shown = '';
function show(text) {
  const now = document.querySelector('main'), next = new DOMParser().parseFromString(text, 'text/html').querySelector('main');
  if (!next) return;
  for (const { id } of now.querySelectorAll('details[open]')) next.querySelector('#' + CSS.escape(id))?.setAttribute('open', '');
  const scrolls = [...now.querySelectorAll('pre.tail')].map(pre => atEnd(pre) ? Infinity : pre.scrollTop);
  const focus = document.activeElement?.getAttribute('href');
  now.replaceChildren(...next.childNodes);
  now.querySelectorAll('pre.tail').forEach((pre, at) => { pre.scrollTop = Math.min(scrolls[at] ?? Infinity, pre.scrollHeight); });
  if (focus) [...now.querySelectorAll('a')].find(link => link.getAttribute('href') === focus)?.focus({ preventScroll: true });
}
async function refresh() {
  if (document.hidden || !live.checked || String(getSelection()) || document.activeElement?.closest('form')) return;
  try {
    const text = await (await fetch(location.href, { cache: 'no-store' })).text();
    state.textContent = 'live';
    if (text !== shown) show(text);
    shown = text;
  } catch { state.textContent = 'no answer'; }
}
const again = () => setTimeout(() => refresh().finally(again), 2000);
toEnd(); again();
`;
