/**
 * {@code ./entente siege}: a coordinator and a participant are attacked in every way that {@code docs/THREATS.md} tells
 * of, while a good client works.
 */
@NullMarked
package dev.entente.torture.siege;

import org.jspecify.annotations.NullMarked;
