/** Every socket of a user is subscribed to this topic from its first moment to its last. */
export function userTopic(userId: string): string {
  return `user:${userId}`;
}
