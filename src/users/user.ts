export const ROLES = ['user', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface User {
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
  readonly role: Role;
  readonly disabledAt: Date | null;
  readonly createdAt: Date;
}

/** A user with the hash of the password they have now. */
export interface PasswordHolder {
  readonly user: User;
  readonly passwordHash: string;
}

export interface NewUser {
  readonly email: string;
  readonly passwordHash: string;
  readonly displayName: string;
  readonly role: Role;
}

/** One spelling for every address: databases differ in how they compare. */
export function canonicalEmail(email: string): string {
  return email.trim().toLowerCase();
}
