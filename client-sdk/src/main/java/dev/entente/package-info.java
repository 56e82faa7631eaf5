/** The mark of what is not part of the API, {@link dev.entente.Internal}. It may use nothing. */
@NullMarked
package dev.entente;

import org.jspecify.annotations.NullMarked;
