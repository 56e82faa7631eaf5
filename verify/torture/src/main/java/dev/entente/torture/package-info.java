/**
 * {@code ./entente torture}: coordinators under faults of all kinds, with load, on one machine; then a verdict. It
 * composes the packages below it, and may use all of them. It must never check a run itself: the checkers do.
 *
 * <p>Read {@link dev.entente.torture.Torture} first.
 */
@NullMarked
package dev.entente.torture;

import org.jspecify.annotations.NullMarked;
