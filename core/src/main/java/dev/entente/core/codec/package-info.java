/**
 * Converts progress and history to the bytes of the table, and back. The package may use {@code decision}, {@code
 * transaction} and the generated messages of those bytes. It must never do I/O, read a clock or know gRPC or SQL. Plans
 * are stored as the API's messages, which the server's codec reads. Read {@link dev.entente.core.codec.ProgressCodec}
 * first.
 */
@NullMarked
package dev.entente.core.codec;

import org.jspecify.annotations.NullMarked;
