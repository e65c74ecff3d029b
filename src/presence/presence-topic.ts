const PREFIX = 'presence:';

/** Who watches a user by presence_subscribe is subscribed to this topic. */
export function presenceTopic(userId: string): string {
  return PREFIX + userId;
}

export function isPresenceTopic(topic: string): boolean {
  return topic.startsWith(PREFIX);
}
