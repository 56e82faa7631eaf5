/**
 * {@code ./entente siege}: every attack in {@code docs/THREATS.md} on a coordinator and a participant, while a good
 * client works.
 */
@NullMarked
package dev.entente.torture.siege;

import org.jspecify.annotations.NullMarked;
