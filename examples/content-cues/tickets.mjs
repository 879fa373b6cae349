#!/usr/bin/env node
/**
 * Realistic support tickets, the same for the same seed on every machine.
 *
 *   node tickets.mjs --out DIR [--accounts 101,102]     writes DIR/<account>.ndjson, one ticket a line
 *   node tickets.mjs --account 101                      prints one account's tickets
 */
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

/** Account → how many tickets it has, and what its customers mostly write about. */
export const ACCOUNTS = {
  101: { customer: 'Bluebell Books', tickets: 80, themes: ['shipping', 'refunds', 'login', 'billing'] },
  102: {
    customer: 'Ferrous Tools',
    tickets: 600,
    themes: ['integrations', 'performance', 'billing', 'login', 'permissions'],
  },
  103: {
    customer: 'Harbour Travel',
    tickets: 4000,
    themes: ['refunds', 'billing', 'mobile', 'performance', 'login', 'notifications', 'shipping', 'integrations'],
  },
  104: {
    customer: 'Nimbus Payroll',
    tickets: 1500,
    themes: ['permissions', 'reports', 'billing', 'integrations', 'login'],
  },
  105: { customer: 'Two Tickets Ltd', tickets: 2, themes: ['login', 'billing'] },
};

/** Per theme: subjects, sentences, and what may stand in the places between braces. */
const THEMES = {
  login: {
    subjects: [
      'Cannot log in',
      'Password reset email never arrives',
      'Locked out of my account',
      'Two-factor code rejected',
      'SSO login loop',
    ],
    sentences: [
      'The login page says my password is wrong although I reset the password {when}.',
      'I asked for a password reset three times and the reset email never arrives, not even in spam.',
      'The authenticator code is rejected and now the account is locked.',
      'Single sign-on sends me back to the login page in a loop when I sign in with {browser}.',
      'My colleague was locked out after five failed sign in attempts with the correct password.',
      'The verification code for two-factor expires before I can type the code into the login form.',
    ],
  },
  billing: {
    subjects: [
      'Charged twice this month',
      'Wrong VAT on invoice {number}',
      'Update credit card',
      'Question about our invoice',
      'Plan upgrade price',
    ],
    sentences: [
      'Invoice {number} shows {amount} but our subscription is {amount} a month.',
      'Our credit card was charged twice for the same invoice {when}.',
      'The VAT number on the invoice is wrong, can billing send a corrected invoice?',
      'The card on file expires soon and the payment page refuses the new credit card.',
      'We upgraded the plan {when} and the prorated charge on the invoice looks too high.',
      'Accounting needs a receipt for the annual subscription payment of {amount}.',
    ],
  },
  shipping: {
    subjects: [
      'Where is my parcel?',
      'Order {number} not delivered',
      'Wrong delivery address',
      'Tracking stuck',
      'Parcel arrived damaged',
    ],
    sentences: [
      'Order {number} was shipped {when} and the tracking has not moved.',
      'The courier marked the parcel as delivered but nothing arrived at my address.',
      'I typed the wrong delivery address, please change it before the order ships.',
      'The parcel arrived with a crushed box and one item of the order is damaged.',
      'Tracking says the package is held at the depot, when is the delivery?',
      'We paid for express shipping and the order still has no dispatch date.',
    ],
  },
  refunds: {
    subjects: [
      'Refund for order {number}',
      'Return label missing',
      'Still waiting for my refund',
      'Cancel and refund',
      'Exchange instead of refund',
    ],
    sentences: [
      'I returned the item {when} and the refund of {amount} is not on my statement.',
      'The return label in the email cannot be printed, how do I send the item back?',
      'I cancelled order {number} within the hour, please refund the full amount.',
      'The refund was only partial, {amount} is missing from what I paid.',
      'The return was refused because of the return window, although I asked within thirty days.',
      'Could I exchange the returned item for another colour rather than a refund?',
    ],
  },
  integrations: {
    subjects: [
      'Webhook stopped firing',
      'API returns 401',
      'CRM sync broken',
      'Slack integration disconnected',
      'API token rotation',
    ],
    sentences: [
      'The webhook to our endpoint stopped firing {when}, the delivery log shows status 500.',
      'The API answers 401 with a token that was valid {when}.',
      'The CRM sync skips contacts that have more than one email and the integration log is empty.',
      'The Slack integration disconnects every night and must be authorised again.',
      'We hit the API rate limit of {number} requests although the endpoint is called once a minute.',
      'Does the webhook payload of the API include custom fields? Our integration needs the field id.',
    ],
  },
  performance: {
    subjects: [
      'Dashboard very slow',
      'Timeouts since {when}',
      'Search takes forever',
      'Pages load slowly',
      'Export times out',
    ],
    sentences: [
      'The dashboard takes more than thirty seconds to load in {browser}.',
      'Search is slow {when} and often ends in a timeout error.',
      'Loading the ticket view is slow for all agents in our office, the spinner never stops.',
      'The page load went from two seconds to twenty seconds after the last release.',
      'Agents see a gateway timeout when the dashboard loads more than a thousand rows.',
      'Everything is slow in {browser}, latency on the status page looks normal.',
    ],
  },
  permissions: {
    subjects: [
      'Agent cannot see group',
      'Role change has no effect',
      'Remove a user',
      'Admin rights needed',
      'Restrict access to views',
    ],
    sentences: [
      'An agent with the light role cannot see the tickets of their own group.',
      'I changed the role to admin {when} but the permissions have not changed.',
      'Please remove the user who left the company and hand their role to another admin.',
      'How do I restrict access so that contractors only see one view?',
      'The custom role lost the permission to edit macros {when}.',
      'Access denied is shown when a team lead opens the group settings, the admin role works.',
    ],
  },
  reports: {
    subjects: [
      'Report numbers do not match',
      'Scheduled report not sent',
      'Export to CSV is empty',
      'New metric in report',
      'Wrong time zone in report',
    ],
    sentences: [
      'The weekly report shows {number} solved tickets but the CSV export has fewer rows.',
      'The scheduled report was not sent {when} although the schedule is active.',
      'The CSV export of the report is empty when the date filter spans two years.',
      'Can the report group the metric by brand and by channel?',
      'The chart in the report uses the wrong time zone, so the daily metric is shifted.',
      'Exported columns of the report come in another order than in the chart.',
    ],
  },
  mobile: {
    subjects: [
      'App crashes on start',
      'Mobile app update',
      'Cannot attach photo in app',
      'Android app freezes',
      'Offline mode',
    ],
    sentences: [
      'The mobile app crashes on start since the update on my {phone}.',
      'When I attach a photo in the app on {phone} the app freezes.',
      'The Android version of the app does not show the booking after the update.',
      'I reinstalled the app and it crashes again on the first screen.',
      'Offline mode of the mobile app lost the trip that I saved {when}.',
      'The app on my {phone} drains the battery in the background.',
    ],
  },
  notifications: {
    subjects: [
      'No email notifications',
      'Too many notifications',
      'Push notifications late',
      'Unsubscribe does not work',
      'Reminder sent twice',
    ],
    sentences: [
      'Email notifications stopped {when}, the mailbox rules have not changed.',
      'I get the same push notification five times for one message.',
      'The unsubscribe link in the newsletter leads to an error page.',
      'The reminder notification arrives hours after the event it reminds of.',
      'How can I mute notifications at night without turning off email alerts?',
      'The reminder was sent twice, once by email and once as a push alert.',
    ],
  },
};

const FILLERS = {
  when: ['yesterday', 'last week', 'on Monday', 'this morning', 'two days ago', 'after the weekend'],
  browser: ['Chrome', 'Firefox', 'Safari', 'Edge'],
  phone: ['Pixel 8', 'iPhone 14', 'Galaxy S23', 'old tablet'],
};
const OPENINGS = ['Hi,', 'Hello,', 'Good morning,', 'Hi team,', '', '', 'Dear support,'];
const CLOSINGS = [
  'Thanks!',
  'Thank you',
  'Please help.',
  'This is urgent.',
  '',
  '',
  'Best regards',
  'Can anyone help?',
];

/** One account's tickets, oldest first, within the two months before July 2025. `count` and `seed` replace the account's own. */
export function generateTickets(account, { count, seed } = {}) {
  const known = ACCOUNTS[account];
  const themes = known?.themes ?? Object.keys(THEMES);
  const random = seededRandom(seed ?? hashText(String(account)));
  const number = count ?? known?.tickets ?? 100;
  const tickets = Array.from({ length: number }, () => writeTicket(themes, random));
  return tickets
    .sort((a, b) => (a.created_at < b.created_at ? -1 : 1))
    .map((ticket, at) => ({ id: `${account}-${String(at + 1).padStart(5, '0')}`, ...ticket }));
}

/** Tickets → NDJSON, the builder's input. */
export function describeTickets(tickets) {
  return tickets.map(ticket => `${JSON.stringify(ticket)}\n`).join('');
}

function writeTicket(themes, random) {
  // The first themes of an account are the common ones.
  const theme = THEMES[themes[Math.floor(random() ** 1.5 * themes.length)]];
  const first = Math.floor(random() * theme.sentences.length);
  const length = 1 + Math.floor(random() * 3);
  const sentences = Array.from({ length }, (_, at) => theme.sentences[(first + at * 2 + at) % theme.sentences.length]);
  const body = [pick(OPENINGS, random), ...new Set(sentences), pick(CLOSINGS, random)].filter(Boolean).join(' ');
  const minute = Math.floor(random() * 60 * 24 * 60);
  return {
    subject: fill(pick(theme.subjects, random), random),
    body: fill(body, random),
    created_at: new Date(Date.UTC(2025, 4, 1) + minute * 60_000).toISOString(),
  };
}

function fill(text, random) {
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    if (name === 'number') return String(10_000 + Math.floor(random() * 90_000));
    if (name === 'amount') return `€${(5 + random() * 400).toFixed(2)}`;
    return pick(FILLERS[name], random);
  });
}

const pick = (list, random) => list[Math.floor(random() * list.length)];

function hashText(text) {
  return [...text].reduce((hash, c) => Math.imul(hash ^ c.charCodeAt(0), 0x01000193) >>> 0, 0x811c9dc5);
}

function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function main(args) {
  const options = { out: { type: 'string' }, account: { type: 'string' }, accounts: { type: 'string' } };
  const { out, account, accounts } = parseArgs({ args, options }).values;
  if (!out) return process.stdout.write(describeTickets(generateTickets(account ?? '101')));
  mkdirSync(out, { recursive: true });
  for (const name of (accounts ?? account ?? Object.keys(ACCOUNTS).join(',')).split(',')) {
    writeFileSync(join(out, `${name}.ndjson`), describeTickets(generateTickets(name)));
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href)
  main(process.argv.slice(2));
