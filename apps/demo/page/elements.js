// @ts-check
/* global document */

/**
 * The element of the page with this id.
 *
 * @template {Element} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`Cannot find the element ${id}`);
}

/**
 * A new element, the last one of its parent.
 *
 * @param {Element} parent
 * @param {string} tag
 * @param {string} className
 * @returns {HTMLElement}
 */
export function child(parent, tag, className) {
  const element = document.createElement(tag);
  element.className = className;
  parent.append(element);
  return element;
}
