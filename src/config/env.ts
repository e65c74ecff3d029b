import { readFileSync } from 'node:fs';
import { ADMIN_NAME, weaknessHere } from '../common/password-rules.js';
import { developmentSecret } from './development-secret.js';
import { slice, type Settings } from './settings.js';
import { variables, type Environment, type Values, type Variable, type VariableName } from './variables.js';

export interface BadVariable {
  readonly name: string;
  /** What is wrong; never the value, which may be a secret. */
  readonly message: string;
}

/** The start is refused: every variable that is wrong, together. */
export class BadSettings extends Error {
  constructor(readonly bad: readonly BadVariable[]) {
    super(['The settings are not valid:', ...bad.map(({ name, message }) => `  ${name} ${message}`)].join('\n'));
    this.name = 'BadSettings';
  }
}

/**
 * Reads all settings, from the process environment unless told otherwise. NAME_FILE instead of NAME says which file
 * holds the value.
 * @throws BadSettings naming every bad variable at once.
 */
export function loadSettings(env: Env = process.env): Settings {
  const values: Partial<Record<VariableName, unknown>> = {};
  const bad: BadVariable[] = [];
  const texts = givenTexts(env, Object.keys(variables) as VariableName[], bad);
  for (const [name, variable] of Object.entries(variables) as [VariableName, Variable][]) {
    const result = variable.schema.safeParse(textOf(variable, texts[name], texts));
    if (result.success) values[name] = result.data;
    else bad.push(...result.error.issues.map(({ message }) => ({ name, message })));
  }
  const read = values as Values;
  const isNew = ({ name }: BadVariable) => !bad.some((other) => other.name === name);
  bad.push(...contradictions(read).filter(isNew));
  const secrets = bad.length > 0 ? [] : jwtSecrets(read, bad);
  if (bad.length > 0) throw new BadSettings(bad);
  return slice(read, secrets);
}

/** One setting, for those who need no other to be there. @throws BadSettings where it is wrong */
export function loadSetting<Name extends VariableName>(name: Name, env: Env = process.env): Values[Name] {
  const bad: BadVariable[] = [];
  const texts = givenTexts(env, ['NODE_ENV', name], bad);
  const variable: Variable = variables[name];
  const result = variable.schema.safeParse(textOf(variable, texts[name], texts));
  if (!result.success) bad.push(...result.error.issues.map(({ message }) => ({ name, message })));
  if (bad.length > 0) throw new BadSettings(bad);
  return result.data as Values[Name];
}

type Env = Record<string, string | undefined>;

type Texts = Partial<Record<VariableName, string | undefined>>;

/** What each variable says, itself or by its file. */
function givenTexts(env: Env, names: readonly VariableName[], bad: BadVariable[]): Texts {
  const texts: Texts = {};
  for (const name of names) {
    const file = env[`${name}_FILE`];
    if (file && env[name]) bad.push({ name, message: `and ${name}_FILE are both set` });
    try {
      texts[name] = file ? readFileSync(file, 'utf8').replace(/\r?\n$/, '') : env[name];
    } catch {
      bad.push({ name, message: `cannot be read from the file that ${name}_FILE names` });
    }
  }
  return texts;
}

function textOf({ fallback, emptyCounts }: Variable, text: string | undefined, { NODE_ENV, PORT }: Texts) {
  if (text || (emptyCounts && text !== undefined)) return text;
  return typeof fallback === 'function' ? fallback((NODE_ENV || 'development') as Environment, PORT) : fallback;
}

/** What each value alone does not show. */
function contradictions(values: Values): BadVariable[] {
  const bad: BadVariable[] = [];
  const refuse = (name: VariableName, message: string) => bad.push({ name, message });
  if (values.NODE_ENV === 'production') {
    if (!values.JWT_SECRET) refuse('JWT_SECRET', 'is required in production');
    if (values.SEED_DEMO) refuse('SEED_DEMO', 'must not be true in production');
  }
  if (values.ADMIN_EMAIL && !values.ADMIN_PASSWORD) refuse('ADMIN_PASSWORD', 'is required with ADMIN_EMAIL');
  if (values.ADMIN_PASSWORD && !values.ADMIN_EMAIL) refuse('ADMIN_EMAIL', 'is required with ADMIN_PASSWORD');
  const weak = adminWeakness(values);
  if (weak) refuse('ADMIN_PASSWORD', weak);
  return bad;
}

/** As the first administrator's account would be refused it, but before the start. */
function adminWeakness({
  ADMIN_EMAIL: email,
  ADMIN_PASSWORD: password,
  ALLOWED_ORIGINS: origins = [],
}: Partial<Values>) {
  return email && password ? weaknessHere(password, { email, displayName: ADMIN_NAME, origins }) : undefined;
}

function jwtSecrets(values: Values, bad: BadVariable[]): string[] {
  try {
    const current = values.JWT_SECRET ?? developmentSecret(values.DATABASE_URL);
    return values.JWT_SECRET_PREVIOUS ? [current, values.JWT_SECRET_PREVIOUS] : [current];
  } catch {
    bad.push({
      name: 'DATABASE_URL',
      message: 'names a folder in which no secret can be kept: it cannot be written to',
    });
    return [];
  }
}
