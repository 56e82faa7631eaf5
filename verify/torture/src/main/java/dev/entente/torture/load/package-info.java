/**
 * Clients that start transactions of all patterns at a steady pace, through whichever coordinator answers, and write
 * down what they were told. It may use the SDK's side for callers. It must never look at a database.
 *
 * <p>Open {@link dev.entente.torture.load.Load} first.
 */
@NullMarked
package dev.entente.torture.load;

import org.jspecify.annotations.NullMarked;
