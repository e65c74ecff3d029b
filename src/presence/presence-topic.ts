const PREFIX = 'presence:';

/** Who watches a user by presence_subscribe is subscribed to this topic. */
export function presenceTopic(userId: string): string {
  return PREFIX + userId;
}

/** Whose topic it is, if it is such a one. */
export function watchedUser(topic: string): string | undefined {
  return isPresenceTopic(topic) ? topic.slice(PREFIX.length) : undefined;
}

export function isPresenceTopic(topic: string): boolean {
  return topic.startsWith(PREFIX);
}
