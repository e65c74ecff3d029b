/** Of the REST API and of the messages on /ws, as the docs name it. */
export const API_VERSION = '1.0.0';
