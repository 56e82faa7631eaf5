/** The mark for code outside the API, {@link dev.entente.Internal}. */
@NullMarked
package dev.entente;

import org.jspecify.annotations.NullMarked;
