/**
 * {@code ./entente siege}: the attacks of {@code docs/THREATS.md}, "The siege", on a coordinator, while a good client
 * works.
 */
@NullMarked
package dev.entente.torture.siege;

import org.jspecify.annotations.NullMarked;
