/** What a thread of piscina or tinypool does. */
export default (value) => value;
