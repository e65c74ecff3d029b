import { HadirError } from '@hadir/client';
import { Account } from './account.js';
import { el, form, labelled } from './dom.js';
import { message } from './words.js';

const FOR_ADMINS = 'This is a production server: its console is for administrators.';
const FOR_EVERYBODY = 'A new development server prints its demo users and their password when it starts.';

type Done = (account: Account) => void;

/** Logs in with a password, or takes a token from elsewhere. */
export function loginForm(name: string, isForAdmins: boolean, done: Done): HTMLElement {
  const trouble = el('p', { class: 'notice bad', role: 'alert', hidden: true });
  const enter = (how: () => Promise<Account>) => async () => {
    trouble.hidden = true;
    try {
      done(await permitted(await how(), isForAdmins));
    } catch (error) {
      trouble.textContent = message(error);
      trouble.hidden = false;
    }
  };
  return el(
    'div',
    { class: 'login card' },
    el('h2', {}, name),
    el('p', { class: 'hint' }, isForAdmins ? FOR_ADMINS : FOR_EVERYBODY),
    trouble,
    withPassword(enter),
    el('details', { class: 'other' }, el('summary', {}, 'Use an access token instead'), withToken(enter)),
  );
}

type Enter = (how: () => Promise<Account>) => () => Promise<void>;

function withPassword(enter: Enter): HTMLElement {
  const email = el('input', { type: 'email', autocomplete: 'username', required: true, spellcheck: 'false' });
  const password = el('input', { type: 'password', autocomplete: 'current-password', required: true });
  return form(
    enter(() => Account.logIn(email.value.trim(), password.value)),
    {},
    labelled('E-mail', email),
    labelled('Password', password),
    el('button', { type: 'submit', class: 'primary' }, 'Log in'),
  );
}

function withToken(enter: Enter): HTMLElement {
  const token = el('textarea', { rows: 3, spellcheck: 'false', autocomplete: 'off', required: true });
  return form(
    enter(() => Account.paste(token.value.trim())),
    {},
    labelled('Access token', token, 'Kept in the memory of this page only, and not renewed.'),
    el('button', { type: 'submit' }, 'Use the token'),
  );
}

/** A door of the page, not of the data: the server refuses by itself what is not for everybody. */
async function permitted(account: Account, isForAdmins: boolean): Promise<Account> {
  if (!isForAdmins || account.isAdmin) return account;
  await account.logOut().catch(() => undefined);
  throw new HadirError('admin_only', 'Only administrators may use the console of a production server.');
}
