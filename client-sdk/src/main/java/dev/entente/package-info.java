/**
 * The mark of what is not part of the API, {@link dev.entente.Internal}, and how contents are written that are compared,
 * {@link dev.entente.SameBytes}. It may use protobuf.
 */
@NullMarked
package dev.entente;

import org.jspecify.annotations.NullMarked;
