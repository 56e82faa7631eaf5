/**
 * Clients that start transactions of all patterns at a steady rate, through any coordinator that answers, and record
 * the answers. It may use the SDK's caller side. It must never read a database.
 *
 * <p>Read {@link dev.entente.torture.load.Load} first.
 */
@NullMarked
package dev.entente.torture.load;

import org.jspecify.annotations.NullMarked;
