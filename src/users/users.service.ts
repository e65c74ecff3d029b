import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, In, IsNull, type ObjectLiteral, type Repository, type SelectQueryBuilder } from 'typeorm';
import { Clock } from '../common/clock.js';
import { storedId } from '../common/ids.js';
import { cursorKey, type PageQuery } from '../common/page.js';
import { Problem } from '../common/problem.js';
import { UserRecord } from './user.entity.js';
import { canonicalEmail, type NewUser, type PasswordHolder, type Role, type User } from './user.js';

/** What an administrator decides about a user; what is absent stays. */
export interface Governance {
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
}

/** Who there is. Passwords are only carried through, as hashes. */
@Injectable()
export class Users {
  constructor(
    @InjectRepository(UserRecord) private readonly records: Repository<UserRecord>,
    private readonly clock: Clock,
  ) {}

  async find(id: string): Promise<User | null> {
    return asUser(await this.records.findOneBy({ id }));
  }

  /** @throws Problem user_not_found */
  async require(id: string): Promise<User> {
    const user = await this.find(id);
    if (!user) throw new Problem('user_not_found');
    return user;
  }

  /** Those of the ids that exist, in no order. */
  async findAll(ids: readonly string[]): Promise<User[]> {
    return ids.length === 0 ? [] : (await this.records.findBy({ id: In([...ids]) })).map(toUser);
  }

  async findByEmail(email: string): Promise<User | null> {
    return asUser(await this.records.findOneBy({ email: canonicalEmail(email) }));
  }

  /** The user with the hash of the password, for the one place that compares it. */
  async findWithPasswordHash(email: string): Promise<PasswordHolder | null> {
    const record = await this.records.findOneBy({ email: canonicalEmail(email) });
    return record && { user: toUser(record), passwordHash: record.passwordHash };
  }

  async isEmpty(): Promise<boolean> {
    return !(await this.records.exists());
  }

  async hasAdmin(): Promise<boolean> {
    return this.records.existsBy({ role: 'admin', disabledAt: IsNull() });
  }

  /** @throws Problem email_taken, also when two ask at the same moment. */
  async create({ email, ...rest }: NewUser): Promise<User> {
    const record = { id: storedId(), ...rest, email: canonicalEmail(email), disabledAt: null, createdAt: this.time() };
    try {
      await this.records.insert(record);
    } catch (error) {
      if (await this.records.existsBy({ email: record.email })) throw new Problem('email_taken');
      throw error;
    }
    return toUser(record);
  }

  async rename(id: string, displayName: string): Promise<User> {
    return this.change(id, { displayName });
  }

  /** Puts a hash in the place of the one that is known. @returns whether that one was still there */
  async replacePasswordHash(
    { user: { id }, passwordHash }: PasswordHolder,
    next: string,
    manager = this.records.manager,
  ): Promise<boolean> {
    const { affected } = await manager.update(UserRecord, { id, passwordHash }, { passwordHash: next });
    return affected === 1;
  }

  /** Whether an enabled user still has that password; it stays so until the transaction ends. */
  async holds({ user: { id }, passwordHash }: PasswordHolder, manager: EntityManager): Promise<boolean> {
    const holder = manager.createQueryBuilder(UserRecord, 'user').where({ id, passwordHash, disabledAt: IsNull() });
    return (await locked(holder, manager).getOne()) !== null;
  }

  /** Up to `limit + 1` users by age. @param text part of a name, or for `wholeRecord` of an e-mail too */
  async search(text: string | undefined, query: PageQuery, wholeRecord = false): Promise<User[]> {
    const select = this.records
      .createQueryBuilder('user')
      .orderBy('user.id')
      .limit(query.limit + 1);
    const after = cursorKey(query);
    if (after) select.andWhere('user.id > :after', { after });
    if (text) {
      const pattern = `%${text.toLowerCase().replace(/[!%_]/g, '!$&')}%`;
      const name = "LOWER(user.display_name) LIKE :pattern ESCAPE '!'";
      select.andWhere(wholeRecord ? `(${name} OR user.email LIKE :pattern ESCAPE '!')` : name, { pattern });
    }
    return (await select.getMany()).map(toUser);
  }

  /** Changes what a user may do. @throws Problem last_admin rather than leave nobody who may administrate; user_not_found */
  async govern(id: string, { role, disabled }: Governance): Promise<User> {
    return this.records.manager.transaction(async (manager) => {
      if (role === 'user' || disabled === true) await keepAnAdmin(manager, id);
      const values: Partial<UserRecord> = {};
      if (role !== undefined) values.role = role;
      if (disabled !== undefined) values.disabledAt = disabled ? this.time() : null;
      return this.change(id, values, manager);
    });
  }

  private async change(id: string, values: Partial<UserRecord>, manager = this.records.manager): Promise<User> {
    if (Object.keys(values).length > 0) await manager.update(UserRecord, { id }, values);
    const record = await manager.findOneBy(UserRecord, { id });
    if (!record) throw new Problem('user_not_found');
    return toUser(record);
  }

  private time(): Date {
    return new Date(this.clock.now());
  }
}

/** Locks the enabled administrators, so that two who demote each other take turns. */
async function keepAnAdmin(manager: EntityManager, id: string): Promise<void> {
  const admins = manager
    .createQueryBuilder(UserRecord, 'user')
    .where("user.role = 'admin' AND user.disabled_at IS NULL");
  const left = await locked(admins, manager).getMany();
  if (left.length === 1 && left[0]?.id === id) throw new Problem('last_admin');
}

/** SQLite needs no lock: a transaction there has the database to itself. */
function locked<Row extends ObjectLiteral>(rows: SelectQueryBuilder<Row>, manager: EntityManager) {
  return manager.connection.options.type === 'better-sqlite3' ? rows : rows.setLock('pessimistic_write');
}

function asUser(record: UserRecord | null): User | null {
  return record && toUser(record);
}

function toUser({ id, email, displayName, role, disabledAt, createdAt }: UserRecord): User {
  return { id, email, displayName, role, disabledAt, createdAt };
}
