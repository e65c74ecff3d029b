import { HttpCode, SetMetadata, UseInterceptors, applyDecorators } from '@nestjs/common';
import { z } from 'zod';
import { EnvelopeInterceptor } from './envelope.interceptor.js';
import type { ProblemCode } from '../protocol/index.js';

/*
 * Stands beside every route and says what it answers, once, for the client, the compiler and the docs:
 *
 *   @Post()
 *   @Answers(201, 'Room created', roomView, 'user_not_found')
 *   create(@CurrentIdentity() me: Identity, @Body() body: NewRoom): Promise<RoomView> { … }
 *
 * - 201 becomes the HTTP status (no @HttpCode needed); 'Room created' the `message` of the success envelope.
 * - roomView is a zod schema of what the handler returns, which goes out as `data`; the compiler checks the two against
 *   each other. `null` is an answer without data: the handler returns nothing. Lists: `pageOf(roomView)`.
 *   A schema with `.meta({ id: 'Room' })` gets that name in the docs.
 * - The rest are the refusals of this very route. Those that every route has are added by the docs: of the guard
 *   (token_missing, token_expired, …), of @AdminOnly(), of a body, of the rate limit, and internal.
 *
 * Bodies and queries are class-validator classes and need no further decorator: the docs read their rules.
 * A route that answers outside the envelope (health, metrics) says so with @AnswersPlain.
 */

export interface RouteAnswers {
  readonly status: number;
  /** The `message` of the success envelope; undefined where the answer has no envelope. */
  readonly message: string | undefined;
  /** What is in `data`, or the whole answer where there is no envelope. */
  readonly data: z.ZodType | null;
  readonly contentType: string;
  readonly refusals: readonly ProblemCode[];
}

/** The metadata key under which a handler carries its RouteAnswers. */
export const ROUTE_ANSWERS = 'hadir:answers';

type Given<Data extends z.ZodType | null> = Data extends z.ZodType ? z.input<Data> : void | null;
type Handler<Result> = (...args: never[]) => Result | Promise<Result>;
type Beside<Result> = <Method extends Handler<Result>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

function describe(answers: RouteAnswers): MethodDecorator {
  return applyDecorators(HttpCode(answers.status), SetMetadata(ROUTE_ANSWERS, Object.freeze(answers)));
}

/** The success answer of a route, in the envelope, and the refusals of its own. */
export function Answers<Data extends z.ZodType | null>(
  status: number,
  message: string,
  data: Data,
  ...refusals: ProblemCode[]
): Beside<Given<Data>> {
  const described = describe({ status, message, data, contentType: 'application/json', refusals });
  return applyDecorators(described, UseInterceptors(new EnvelopeInterceptor(message)));
}

/** The answer of a route that stands outside the envelope. */
export function AnswersPlain(
  status: number,
  data: z.ZodType,
  { contentType = 'application/json', refusals = [] }: Partial<Pick<RouteAnswers, 'contentType' | 'refusals'>> = {},
): MethodDecorator {
  return describe({ status, message: undefined, data, contentType, refusals });
}

/** One page of a list, as `common/page.ts` makes it. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), next_cursor: z.string().nullable() });
}
