/** The mark of what is not part of the API, {@link dev.entente.Internal}. */
@NullMarked
package dev.entente;

import org.jspecify.annotations.NullMarked;
